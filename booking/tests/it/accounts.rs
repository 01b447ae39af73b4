//! Users and their tokens.

use booking::{
    domain::{Abilities, Login, Password, Role},
    services::{Rule, ServiceError},
};

use crate::{
    database::on_both_databases,
    world::{World, query, registration},
};

on_both_databases!(
    who_registers_has_a_token_and_may_log_in,
    an_address_registers_once,
    wrong_address_and_wrong_password_are_told_alike,
    a_token_has_the_abilities_that_were_asked_for,
    a_revoked_token_is_none,
    a_token_ends_after_thirty_days_and_is_thrown_away,
    a_forged_token_is_none,
    the_database_holds_the_hash_of_a_token_only,
    the_last_use_of_a_token_is_written_once_a_minute,
);

fn login(name: &str, password: &str) -> Login {
    Login {
        email: format!("{name}@example.com").parse().unwrap(),
        password: Password::new(password.to_owned()),
        device_name: "browser".to_owned(),
        abilities: Abilities::all(),
    }
}

async fn who_registers_has_a_token_and_may_log_in(world: World) {
    let accounts = &world.services.accounts;
    let (user, token) = accounts.register(registration("siti", "rahasia-1")).await.unwrap();
    assert_eq!((user.name.as_str(), user.role), ("siti", Role::User));
    let principal = accounts.authenticate(&token.reveal()).await.unwrap().unwrap();
    assert_eq!((principal.user.clone(), principal.token_id), (user.clone(), token.id()));
    assert!(principal.abilities.allow("anything"));
    let mut in_capitals = login("siti", "rahasia-1");
    in_capitals.email = "SITI@Example.com".parse().unwrap();
    let (again, other) = accounts.login(in_capitals).await.unwrap();
    assert_eq!(again, user);
    assert_ne!(other.reveal(), token.reveal());
}

async fn an_address_registers_once(world: World) {
    let accounts = &world.services.accounts;
    accounts.add(&registration("siti", "rahasia-1"), Role::Admin).await.unwrap();
    let again = accounts.register(registration("siti", "rahasia-2")).await;
    assert!(matches!(again, Err(ServiceError::Invalid { field: "email", rule: Rule::Unique })));
    assert_eq!(world.count("SELECT COUNT(*) FROM personal_access_tokens").await, 0);
}

async fn wrong_address_and_wrong_password_are_told_alike(world: World) {
    let accounts = &world.services.accounts;
    accounts.add(&registration("siti", "rahasia-1"), Role::User).await.unwrap();
    for (name, password) in [("siti", "rahasia-2"), ("siti", ""), ("budi", "rahasia-1")] {
        let refused = accounts.login(login(name, password)).await;
        assert!(matches!(refused, Err(ServiceError::BadCredentials)));
    }
    assert_eq!(world.count("SELECT COUNT(*) FROM personal_access_tokens").await, 0);
}

async fn a_token_has_the_abilities_that_were_asked_for(world: World) {
    let accounts = &world.services.accounts;
    accounts.add(&registration("siti", "rahasia-1"), Role::User).await.unwrap();
    let abilities = Abilities::only(["bookings:read".to_owned()]);
    let (_, token) = accounts.login(Login { abilities, ..login("siti", "rahasia-1") }).await.unwrap();
    let principal = accounts.authenticate(&token.reveal()).await.unwrap().unwrap();
    assert!(principal.abilities.allow("bookings:read") && !principal.abilities.allow("bookings:write"));
}

async fn a_revoked_token_is_none(world: World) {
    let accounts = &world.services.accounts;
    let (user, first) = accounts.register(registration("siti", "rahasia-1")).await.unwrap();
    let (_, other) = accounts.register(registration("budi", "rahasia-1")).await.unwrap();
    let (_, second) = accounts.login(login("siti", "rahasia-1")).await.unwrap();
    accounts.logout(first.id()).await.unwrap();
    assert!(accounts.authenticate(&first.reveal()).await.unwrap().is_none());
    assert!(accounts.authenticate(&second.reveal()).await.unwrap().is_some());
    assert_eq!(accounts.logout_all(user.id).await.unwrap(), 1);
    assert!(accounts.authenticate(&second.reveal()).await.unwrap().is_none());
    assert!(accounts.authenticate(&other.reveal()).await.unwrap().is_some());
}

async fn a_token_ends_after_thirty_days_and_is_thrown_away(world: World) {
    let accounts = &world.services.accounts;
    let (_, token) = accounts.register(registration("siti", "rahasia-1")).await.unwrap();
    world.advance(30 * 24 * 3600 - 1);
    assert!(accounts.authenticate(&token.reveal()).await.unwrap().is_some());
    world.advance(1);
    assert!(accounts.authenticate(&token.reveal()).await.unwrap().is_none());
    world.services.clerk.round().await.unwrap();
    assert_eq!(world.count("SELECT COUNT(*) FROM personal_access_tokens").await, 0);
}

async fn a_forged_token_is_none(world: World) {
    let accounts = &world.services.accounts;
    let (_, siti) = accounts.register(registration("siti", "rahasia-1")).await.unwrap();
    let (_, budi) = accounts.register(registration("budi", "rahasia-1")).await.unwrap();
    let (siti, budi) = (siti.reveal(), budi.reveal());
    let swapped = format!("{}|{}", siti.split('|').next().unwrap(), budi.split('|').nth(1).unwrap());
    let elsewhere = format!("999|{}", siti.split('|').nth(1).unwrap());
    for forged in
        [swapped.as_str(), &elsewhere, &siti[..siti.len() - 1], "", "null", "1|", &siti.to_uppercase()]
    {
        assert!(accounts.authenticate(forged).await.unwrap().is_none(), "{forged}");
    }
}

async fn the_database_holds_the_hash_of_a_token_only(world: World) {
    use sha2::{Digest as _, Sha256};
    let (_, token) = world.services.accounts.register(registration("siti", "rahasia-1")).await.unwrap();
    let text = token.reveal();
    let (id, secret) = text.split_once('|').unwrap();
    let stored: (i64, String, String) = query!(&world.db, pool =>
        sqlx::query_as("SELECT id, token, abilities FROM personal_access_tokens").fetch_one(pool));
    let hash = hex::encode(Sha256::digest(secret.as_bytes()));
    assert_eq!(stored, (id.parse().unwrap(), hash, "[\"*\"]".to_owned()));
    let password: String = query!(&world.db, pool =>
        sqlx::query_scalar("SELECT password_hash FROM users").fetch_one(pool));
    assert!(password.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{password}");
}

async fn the_last_use_of_a_token_is_written_once_a_minute(world: World) {
    let accounts = &world.services.accounts;
    let (_, token) = accounts.register(registration("siti", "rahasia-1")).await.unwrap();
    let mut used = Vec::new();
    for _ in 0..4 {
        accounts.authenticate(&token.reveal()).await.unwrap().unwrap();
        let last: booking::domain::Timestamp = query!(&world.db, pool =>
            sqlx::query_scalar("SELECT last_used_at FROM personal_access_tokens").fetch_one(pool));
        used.push(last.to_string());
        world.advance(30);
    }
    let [first, third] = ["2026-11-23T05:04:09.000000Z", "2026-11-23T05:05:09.000000Z"];
    assert_eq!(used, [first, first, third, third]);
}
