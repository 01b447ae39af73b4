use serde_json::{Value, json};

use super::api::{Api, TOMORROW};

on_both_databases!(a_list_comes_in_pages, a_page_that_cannot_be_is_refused);

async fn a_list_comes_in_pages(api: Api) {
    let yoga = api.world.session(10).await;
    let siti = api.register("siti").await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.insert(0, api.book(&siti, &yoga).await["id"].clone());
    }
    let link = |page: u32| Value::from(format!("/api/v1/bookings?status=pending&per_page=2&page={page}"));
    let list = async |query: &str| {
        let path = format!("/api/v1/bookings?status=pending&{query}");
        let answer = api.get(&path).bearer(&siti.token).await.expect(200);
        let bookings = answer["data"]["bookings"].as_array().unwrap().clone();
        let ids: Vec<_> = bookings.iter().map(|booking| booking["id"].clone()).collect();
        (ids, answer["meta"].clone(), answer["links"].clone())
    };
    let meta = |page: u32| json!({ "current_page": page, "per_page": 2, "total": 5, "last_page": 3 });
    let links =
        |prev: Value, next: Value| json!({ "first": link(1), "last": link(3), "prev": prev, "next": next });

    assert_eq!(list("per_page=2").await, (ids[..2].to_vec(), meta(1), links(Value::Null, link(2))));
    assert_eq!(list("per_page=2&page=2").await, (ids[2..4].to_vec(), meta(2), links(link(1), link(3))));
    assert_eq!(list("per_page=2&page=3").await, (ids[4..].to_vec(), meta(3), links(link(2), Value::Null)));
    assert_eq!(list("per_page=2&page=4").await, (Vec::new(), meta(4), links(link(3), Value::Null)));
    assert_eq!(list("per_page=2&page=1000000").await.0, Vec::<Value>::new());
    let (all, whole, _) = list("").await;
    assert_eq!((all, &whole["per_page"], &whole["last_page"]), (ids, &json!(15), &json!(1)));

    let next = list("per_page=2").await.2["next"].as_str().unwrap().to_owned();
    let answer = api.get(&next).bearer(&siti.token).await.expect(200);
    assert_eq!(answer["meta"], meta(2));
    assert_eq!(answer["data"]["bookings"][0]["booking_date"], TOMORROW);
}

async fn a_page_that_cannot_be_is_refused(api: Api) {
    let siti = api.register("siti").await;
    for path in ["/api/v1/bookings", "/api/v1/notifications"] {
        let list = |query: &str| api.get(&format!("{path}?{query}")).bearer(&siti.token);
        list("page=0").await.expect_invalid("page", "The page field must be at least 1.");
        list("page=-1").await.expect_invalid("page", "The page field must be at least 1.");
        list("page=x").await.expect_invalid("page", "The page field must be an integer.");
        list("page=1.5").await.expect_invalid("page", "The page field must be an integer.");
        list("page=99999999999999999999").await.expect_invalid("page", "The page field must be an integer.");
        list("page=1000001").await.expect_invalid("page", "The page field must not be greater than 1000000.");
        list("per_page=0").await.expect_invalid("per_page", "The per page field must be at least 1.");
        list("per_page=101")
            .await
            .expect_invalid("per_page", "The per page field must not be greater than 100.");
        list("per_page=101")
            .indonesian()
            .await
            .expect_invalid("per_page", "Jumlah per halaman maksimal bernilai 100.");
        let both = list("page=0&per_page=x").await.expect(422);
        assert_eq!(both["message"], "The page field must be at least 1. (and 1 more error)");
        list("per_page=100&page=").await.expect(200);
    }
}
