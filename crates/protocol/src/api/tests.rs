use super::*;
use crate::signature::request::Plus;

const MAX: usize = 10_240;

fn trigger(body: &str) -> Result<Trigger, ApiError> {
    Trigger::parse(body.as_bytes(), Query::default(), MAX)
}

fn batch(body: &str) -> Result<Batch, ApiError> {
    Batch::parse(body.as_bytes(), MAX)
}

fn channel_names(trigger: &Trigger) -> Vec<&str> {
    trigger.channels.iter().map(|channel| channel.as_str()).collect()
}

/// A JSON array of the names `c0`, `c1`, …
fn channel_list(length: usize) -> String {
    let names: Vec<_> = (0..length).map(|n| format!("c{n}")).collect();
    serde_json::to_string(&names).unwrap()
}

#[test]
fn a_query_is_decoded_and_its_plus_stays() {
    let query = Query::new("info=user_count%2Ccache&x=1+2&channels[]=a&channels%5B%5D=b&flag&&e=%C3%A9=");
    assert_eq!(query.get("info").as_deref(), Some("user_count,cache"));
    assert_eq!(query.get("x").as_deref(), Some("1+2"));
    assert_eq!(query.get_all("channels[]").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(query.get("flag").as_deref(), Some(""));
    assert_eq!(query.get("e").as_deref(), Some("é="));
    assert_eq!(query.get("missing"), None);
}

#[test]
fn a_query_is_read_as_it_was_signed() {
    let query = Query::signed("INFO=cache&x=1+2", Plus::Space);
    assert_eq!(query.get("info").as_deref(), Some("cache"));
    assert_eq!(query.get("x").as_deref(), Some("1 2"));
}

#[test]
fn info_is_a_list_of_names() {
    let check = |list: &str, user_count, subscription_count, cache| {
        assert_eq!(InfoSet::parse(list), InfoSet { user_count, subscription_count, cache }, "{list}");
    };
    check("", false, false, false);
    check("user_count", true, false, false);
    check("cache,subscription_count", false, true, true);
    check("user_count, subscription_count", true, true, false);
    check("users,USER_COUNT,,", false, false, false);
    assert!(InfoSet::parse("nothing").is_empty());
    assert!(!InfoSet::parse("cache").is_empty());
}

#[test]
fn an_event_for_one_channel_or_several_is_a_trigger() {
    let check = |body: &str, channels: &[&str]| {
        let trigger = trigger(body).unwrap();
        assert_eq!((trigger.name.as_str(), trigger.data.as_str()), ("e", "d"), "{body}");
        assert_eq!(channel_names(&trigger), channels, "{body}");
        assert_eq!((trigger.socket_id, trigger.info), (None, InfoSet::default()), "{body}");
    };
    check(r#"{"name":"e","data":"d","channel":"a"}"#, &["a"]);
    check(r#"{"name":"e","data":"d","channels":["a"]}"#, &["a"]);
    check(r#"{"name":"e","data":"d","channels":["b","a","b","c","a"]}"#, &["b", "a", "c"]);
    check(r#"{"name":"e","data":"d","channels":["a"],"channel":"b"}"#, &["a"]);
    check(r#"{"name":"e","data":"d","channels":[],"channel":"b"}"#, &["b"]);
    check(r#"{"name":"e","data":"d","channels":null,"channel":"b"}"#, &["b"]);
    check(r##"{"name":"e","data":"d","channel":"#server-to-user-1"}"##, &["#server-to-user-1"]);
    check(r#"{"name":"e","data":"d","channel":"a","socket_id":null,"info":null,"x":[{}]}"#, &["a"]);
    check(" { \"name\" : \"e\",\n\"data\": \"d\", \"channel\": \"\\u0061\" } ", &["a"]);
    let body = format!(r#"{{"name":"e","data":"d","channels":{}}}"#, channel_list(100));
    assert_eq!(trigger(&body).unwrap().channels.len(), 100);
}

#[test]
fn the_optional_fields_are_read() {
    let body = r#"{"name":"e","data":"d","channel":"a","socket_id":"12.34","info":"user_count,x"}"#;
    let trigger = trigger(body).unwrap();
    assert_eq!(trigger.socket_id.unwrap().to_string(), "12.34");
    assert_eq!(trigger.info, InfoSet { user_count: true, ..InfoSet::default() });
}

#[test]
fn event_names_are_opaque() {
    let check = |json: &str, name: &str| {
        let trigger = trigger(&format!(r#"{{"name":{json},"data":"","channel":"a"}}"#)).unwrap();
        assert_eq!(trigger.name.as_str(), name);
    };
    check(r#""App\\Events\\OrderShipped""#, "App\\Events\\OrderShipped");
    check(r#"".order.shipped""#, ".order.shipped");
    check(&format!("\"{}\"", "n".repeat(200)), &"n".repeat(200));
}

#[test]
fn data_goes_on_verbatim_and_whatever_is_no_string_compactly() {
    let check = |json: &str, data: &str| {
        let trigger = trigger(&format!(r#"{{"name":"e","data":{json},"channel":"a"}}"#)).unwrap();
        assert_eq!(trigger.data, data, "{json}");
    };
    check(r#""123""#, "123");
    check(r#""null""#, "null");
    check(r#""""#, "");
    check(r#""[1]""#, "[1]");
    check(r#"" { \"a\" : 1 } ""#, r#" { "a" : 1 } "#);
    check("\"😀\u{2028}\"", "😀\u{2028}");
    check(r#""\ud83d\ude00\u2028\/\u0000""#, "😀\u{2028}/\0");
    check("true", "true");
    check("12345678901234567890123.4500e+400", "12345678901234567890123.4500e+400");
    check("[ ]", "[]");
    check(
        "{ \"z\" : [ 1 , -0.0,\tnull ],\r\n \"a b\" : \" x \\\" y \\\\\", \"é\" : { } }",
        r#"{"z":[1,-0.0,null],"a b":" x \" y \\","é":{}}"#,
    );
    let deep = format!("{}{}", "[".repeat(4000), "]".repeat(4000));
    check(&deep, &deep);
}

#[test]
fn data_is_measured_in_bytes_of_the_unescaped_string() {
    let check = |json: &str, size: usize| {
        let result = trigger(&format!(r#"{{"name":"e","data":{json},"channel":"a"}}"#));
        if size <= MAX {
            assert_eq!(result.unwrap().data.len(), size);
            return;
        }
        let error = result.unwrap_err();
        assert_eq!((error.status, &*error.field), (ApiStatus::PayloadTooLarge, "data"));
        assert_eq!(
            error.message,
            format!(
                "The data content of this event exceeds the allowed maximum (10240 bytes): \
                 it has {size} bytes; raise GEMA_APP_MAX_EVENT_SIZE"
            )
        );
    };
    for (text, bytes) in [("x", 1), (r"\u0041", 1), (r"\n", 1), ("é", 2), (r"\u00e9", 2), ("😀", 4)] {
        check(&format!("\"{}\"", text.repeat(MAX / bytes)), MAX);
        check(&format!("\"{}{text}\"", text.repeat(MAX / bytes)), MAX + bytes);
    }
    check(&format!("[{}1]", "1 , ".repeat(6000)), 12_003);
}

#[test]
fn a_wrong_event_is_refused_with_the_field_and_the_reason() {
    let check = |body: &str, field: &str, message: &str| {
        let error = trigger(body).unwrap_err();
        assert_eq!(error.status, ApiStatus::BadRequest, "{body}");
        assert_eq!((&*error.field, error.message.as_str()), (field, message), "{body}");
    };
    check(r#"{"data":"d","channel":"a"}"#, "name", "The name field is required.");
    check(r#"{"name":null,"data":"d","channel":"a"}"#, "name", "The name field is required.");
    check(r#"{"name":"","data":"d","channel":"a"}"#, "name", "The name field is required.");
    check(r#"{"name":1,"data":"d","channel":"a"}"#, "name", "The name field must be a string.");
    check(
        &format!(r#"{{"name":"{}","data":"d","channel":"a"}}"#, "n".repeat(201)),
        "name",
        "The name field is invalid: an event name has at most 200 characters, this one has 201.",
    );
    for name in ["pusher:x", "pusher_internal:x"] {
        check(
            &format!(r#"{{"name":"{name}","data":"d","channel":"a"}}"#),
            "name",
            &format!(
                "The name field is invalid: event name `{name}` begins with a reserved prefix \
                 (`pusher:` or `pusher_internal:`)."
            ),
        );
    }
    check(r#"{"name":"e","channel":"a"}"#, "data", "The data field is required.");
    check(r#"{"name":"e","data":null,"channel":"a"}"#, "data", "The data field is required.");
    let socket_id = "The socket_id field must be of the form 123.456.";
    check(r#"{"name":"e","data":"d","channel":"a","socket_id":"abc"}"#, "socket_id", socket_id);
    check(r#"{"name":"e","data":"d","channel":"a","socket_id":""}"#, "socket_id", socket_id);
    check(
        r#"{"name":"e","data":"d","channel":"a","socket_id":1.2}"#,
        "socket_id",
        "The socket_id field must be a string.",
    );
    check(
        r#"{"name":"e","data":"d","channel":"a","info":["cache"]}"#,
        "info",
        "The info field must be a string.",
    );
}

#[test]
fn wrong_channels_are_refused_with_the_field_and_the_reason() {
    let check = |fields: &str, field: &str, message: &str| {
        let error = trigger(&format!(r#"{{"name":"e","data":"d"{fields}}}"#)).unwrap_err();
        assert_eq!(error.status, ApiStatus::BadRequest, "{fields}");
        assert_eq!((&*error.field, error.message.as_str()), (field, message), "{fields}");
    };
    let required = "The channels field is required when channel is not present.";
    check("", "channels", required);
    check(r#","channels":[]"#, "channels", required);
    check(r#","channels":null,"channel":null"#, "channels", required);
    check(r#","channels":"a""#, "channels", "The channels field must be an array.");
    check(r#","channels":{"0":"a"}"#, "channels", "The channels field must be an array.");
    check(r#","channels":["a",null]"#, "channels.1", "The channels.1 field must be a string.");
    check(r#","channel":["a"]"#, "channel", "The channel field must be a string.");
    check(r#","channel":"""#, "channel", "The channel field is invalid: a channel name must not be empty.");
    check(
        r#","channels":["a","b c"]"#,
        "channels.1",
        "The channels.1 field is invalid: channel name `b c` has ' '; allowed are A-Z a-z 0-9 _ - = @ , . ;.",
    );
    check(
        &format!(r#","channels":{}"#, channel_list(101)),
        "channels",
        "The channels field must not have more than 100 items (fixed by the protocol): it has 101.",
    );
}

#[test]
fn what_is_no_json_object_is_refused() {
    let check = |body: &[u8], message: &str| {
        let error = Trigger::parse(body, Query::default(), MAX).unwrap_err();
        assert_eq!((error.status, &*error.field), (ApiStatus::BadRequest, "body"));
        assert!(error.message.starts_with(message), "{error}");
    };
    check(b"nonsense", "The request body must be a JSON object.");
    check(b" ", "The request body must be a JSON object.");
    check(b"null", "The request body must be a JSON object.");
    check(br#"["e","d",["a"],null,null,null]"#, "The request body must be a JSON object.");
    check(br#"{"name":"e""#, "The request body is not valid JSON: ");
    check(br#"{"name":"e"} x"#, "The request body is not valid JSON: ");
    check(br#"{"name":"e","name":"f"}"#, "The request body is not valid JSON: ");
    check(b"{\"name\":\"\xff\"}", "The request body is not valid UTF-8.");

    let error = trigger(r#"{"name":"e","data":"\ud83d","channel":"a"}"#).unwrap_err();
    assert_eq!((error.status, &*error.field), (ApiStatus::BadRequest, "data"));
    assert!(error.message.starts_with("The data field is not valid text: "), "{error}");
}

#[test]
fn without_a_body_the_parameters_stand_in_the_query() {
    let parse = |query: &str| Trigger::parse(b"", Query::new(query), MAX);
    let trigger = parse("name=foo&data=h%C3%A9+&channels[]=a&channels[]=b&socket_id=1.2&info=cache").unwrap();
    assert_eq!((trigger.name.as_str(), trigger.data.as_str()), ("foo", "hé+"));
    assert_eq!(channel_names(&trigger), ["a", "b"]);
    assert_eq!(trigger.socket_id.unwrap().to_string(), "1.2");
    assert!(trigger.info.cache);
    assert_eq!(channel_names(&parse("name=foo&data=&channel=c").unwrap()), ["c"]);
    assert_eq!(parse("").unwrap_err().field, "channels");
    assert_eq!(parse("name=foo&channel=a").unwrap_err().field, "data");
    assert_eq!(parse("name=foo&data=x&channel=a&socket_id=abc").unwrap_err().field, "socket_id");

    // With a body the query has no say.
    let query = Query::new("name=foo&channel=c");
    assert_eq!(Trigger::parse(b"{}", query, MAX).unwrap_err().field, "channels");
}

#[test]
fn a_batch_keeps_its_order_and_what_each_event_asks_for() {
    let batch = batch(
        r#"{"batch":[
            {"channel":"a","name":"x","data":"1","socket_id":"1.2"},
            {"channel":"presence-b","name":"y","data":{"n": 1},"info":"user_count"}
        ]}"#,
    )
    .unwrap();
    let [first, second] = &batch.events[..] else { panic!("{batch:?}") };
    assert_eq!((first.name.as_str(), first.data.as_str(), channel_names(first)), ("x", "1", vec!["a"]));
    assert_eq!(first.socket_id.unwrap().to_string(), "1.2");
    assert!(first.info.is_empty());
    assert_eq!((second.data.as_str(), channel_names(second)), (r#"{"n":1}"#, vec!["presence-b"]));
    assert_eq!(second.socket_id, None);
    assert!(second.info.user_count);
}

#[test]
fn ten_events_of_full_size_are_a_batch() {
    let event = format!(r#"{{"channel":"a","name":"x","data":"{}"}}"#, r"\u0041".repeat(MAX));
    let list = vec![event; 10].join(",");
    assert_eq!(batch(&format!(r#"{{"batch":[{list}]}}"#)).unwrap().events.len(), 10);
}

#[test]
fn a_wrong_batch_is_refused_with_the_field_and_the_reason() {
    let good = r#"{"channel":"a","name":"x","data":"1"}"#;
    let check = |body: &str, field: &str, message: &str| {
        let error = batch(body).unwrap_err();
        assert_eq!(error.status, ApiStatus::BadRequest, "{body}");
        assert_eq!((&*error.field, error.message.as_str()), (field, message), "{body}");
    };
    check("{}", "batch", "The batch field is required.");
    check(r#"{"batch":null}"#, "batch", "The batch field is required.");
    check(r#"{"batch":[]}"#, "batch", "The batch field is required.");
    check(r#"{"batch":{}}"#, "batch", "The batch field must be an array.");
    check("[]", "body", "The request body must be a JSON object.");
    check("", "body", "The request body must be a JSON object.");
    check(
        &format!(r#"{{"batch":[{}]}}"#, [good; 11].join(",")),
        "batch",
        "The batch field must not have more than 10 items (fixed by the protocol): it has 11.",
    );

    let second = |entry: &str, field: &str, message: &str| {
        check(&format!(r#"{{"batch":[{good},{entry}]}}"#), field, message);
    };
    second("[]", "batch.1", "The batch.1 field must be a JSON object.");
    second("{}", "batch.1.channel", "The batch.1.channel field is required.");
    second(
        r#"{"channels":["a"],"name":"x","data":"1"}"#,
        "batch.1.channel",
        "The batch.1.channel field is required.",
    );
    second(
        r#"{"channel":"a/b","name":"x","data":"1"}"#,
        "batch.1.channel",
        "The batch.1.channel field is invalid: channel name `a/b` has '/'; \
         allowed are A-Z a-z 0-9 _ - = @ , . ;.",
    );
    second(r#"{"channel":"a","data":"1"}"#, "batch.1.name", "The batch.1.name field is required.");
    second(r#"{"channel":"a","name":"x"}"#, "batch.1.data", "The batch.1.data field is required.");
    second(
        r#"{"channel":"a","name":"x","data":"1","info":true}"#,
        "batch.1.info",
        "The batch.1.info field must be a string.",
    );

    let large = format!(r#"{{"channel":"a","name":"x","data":"{}"}}"#, "x".repeat(MAX + 1));
    let error = batch(&format!(r#"{{"batch":[{good},{large}]}}"#)).unwrap_err();
    assert_eq!((error.status, &*error.field), (ApiStatus::PayloadTooLarge, "batch.1.data"));
}

#[test]
fn an_error_is_written_in_reverbs_shape() {
    let error = ApiError::bad_request("batch.0.name", "say \"please\"\n");
    assert_eq!(error.body(), r#"{"batch.0.name":["say \"please\"\n"]}"#);
    assert_eq!(error.status.number(), 400);

    let error = ApiError::from(crate::signature::request::RequestSignatureError::MissingKey);
    assert_eq!(error.status.number(), 401);
    assert_eq!(error.body(), r#"{"auth_key":["Missing parameter: auth_key"]}"#);
}

#[test]
fn answers_are_objects_with_only_what_applies() {
    let name = |text: &str| text.parse::<crate::names::ChannelName>().unwrap();
    let nothing = ChannelInfo::default();
    let counts = ChannelInfo { user_count: Some(0), subscription_count: Some(2), ..nothing.clone() };
    assert_eq!(answer::channels(&[]), r#"{"channels":{}}"#);
    assert_eq!(
        answer::channels(&[(name("z"), nothing.clone()), (name("presence-a"), counts)]),
        r#"{"channels":{"z":{},"presence-a":{"user_count":0,"subscription_count":2}}}"#
    );

    let occupied = ChannelInfo { occupied: Some(true), ..nothing.clone() };
    assert_eq!(answer::channel(&occupied), r#"{"occupied":true}"#);
    let cached = ChannelInfo { cache: Some(Some(CacheInfo { data: "\"".to_owned(), ttl: 60 })), ..occupied };
    assert_eq!(answer::channel(&cached), r#"{"occupied":true,"cache":{"data":"\"","ttl":60}}"#);
    let uncached = ChannelInfo { occupied: Some(false), cache: Some(None), ..nothing.clone() };
    assert_eq!(answer::channel(&uncached), r#"{"occupied":false,"cache":null}"#);

    let one = ChannelInfo { subscription_count: Some(1), ..nothing.clone() };
    assert_eq!(answer::batch(&[nothing, one]), r#"{"batch":[{},{"subscription_count":1}]}"#);
    assert_eq!(answer::users(&[]), r#"{"users":[]}"#);
    let users = ["1", "é"].map(|id| id.parse().unwrap());
    assert_eq!(answer::users(&users), r#"{"users":[{"id":"1"},{"id":"é"}]}"#);
    assert_eq!(answer::connections(7), r#"{"connections":7}"#);
}
