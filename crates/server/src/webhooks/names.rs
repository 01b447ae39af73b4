//! Which webhook of the configuration is which in the spool.

use std::collections::{BTreeMap, BTreeSet};

use gema_hub::{FactKind, Webhook};
use serde::{Deserialize, Serialize};

/// What tells a webhook from others with its URL. It stands in the state, since names alone do not say whose they are:
/// applications can look alike in them, and numbers would change with the order of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    /// The id of the application.
    pub(super) app: String,
    events: Vec<String>,
    channels: Vec<String>,
    /// Names only: values may be tokens.
    headers: Vec<String>,
}

impl Owner {
    pub(super) fn of(app_id: &str, webhook: &Webhook) -> Self {
        let events = FactKind::ALL.into_iter().filter(|kind| webhook.events.contains(*kind));
        Self {
            app: app_id.to_owned(),
            events: events.map(|kind| kind.name().to_owned()).collect(),
            channels: webhook.channels.iter().map(|pattern| pattern.0.clone()).collect(),
            headers: webhook.headers.iter().map(|header| header.name.clone()).collect(),
        }
    }
}

/// The name of an application in names of webhooks.
pub(super) fn of_app(app_id: &str) -> String {
    app_id.replace('.', "_")
}

/// Names for these webhooks, in their order. `kept` are the names of which the spool has something, and whose it is as far
/// as that is known. A webhook goes on with its own, also when its filters have changed or others with its URL come and go.
pub(super) fn assign(webhooks: &[(&str, &Webhook)], kept: &BTreeMap<String, Option<Owner>>) -> Vec<String> {
    let parsed = kept.iter().filter_map(|(name, owner)| {
        let (stem, number) = name.rsplit_once('-')?;
        Some(((stem.to_owned(), number.parse::<u64>().ok()?), owner.as_ref()))
    });
    let mut left: BTreeMap<_, _> = parsed.collect();
    let mut taken: BTreeSet<_> = left.keys().cloned().collect();
    let mut names = vec![None; webhooks.len()];
    // Those that are as they were come first; then who has changed gets what is left. So does, in the order of the
    // configuration, whose state is of a version that did not write the owner.
    let is_same = |owner: &Owner, of: Option<&Owner>| of == Some(owner);
    let may_be = |owner: &Owner, of: Option<&Owner>| of.is_none_or(|of| of.app == owner.app);
    for is_its in [&is_same as &dyn Fn(&Owner, Option<&Owner>) -> bool, &may_be] {
        for ((app_id, webhook), name) in webhooks.iter().zip(&mut names).filter(|(_, name)| name.is_none()) {
            let (stem, owner) = (stem(app_id, webhook), Owner::of(app_id, webhook));
            let mut of_stem = left.range((stem.clone(), 0)..=(stem, u64::MAX));
            *name = of_stem.find(|(_, of)| is_its(&owner, **of)).map(|(key, _)| key.clone());
            if let Some(key) = name {
                left.remove(key);
            }
        }
    }
    let named = webhooks.iter().zip(names).map(|((app_id, webhook), name)| {
        name.unwrap_or_else(|| {
            let stem = stem(app_id, webhook);
            let number = (1..).find(|number| !taken.contains(&(stem.clone(), *number)));
            let key = (stem, number.expect("there are more numbers than webhooks"));
            taken.insert(key.clone());
            key
        })
    });
    named.map(|(stem, number)| format!("{stem}-{number}")).collect()
}

/// What the name says of the application and the URL; a number follows.
fn stem(app_id: &str, webhook: &Webhook) -> String {
    format!("{}-{:08x}", of_app(app_id), crc32fast::hash(webhook.url.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use gema_hub::{ChannelPattern, FactKinds};

    use super::*;

    fn webhook(channels: &str) -> Webhook {
        Webhook {
            url: "http://x/".to_owned(),
            events: FactKinds::ALL,
            channels: vec![ChannelPattern(channels.to_owned())],
            batching: true,
            headers: Vec::new(),
            timeout: Duration::from_secs(1),
            retry_for: Duration::from_secs(1),
        }
    }

    /// Gives names to webhooks, by application and channels, and keeps their states alone. Answers the numbers.
    fn configure(kept: &mut BTreeMap<String, Option<Owner>>, webhooks: &[(&str, &str)]) -> Vec<u64> {
        let webhooks: Vec<_> = webhooks.iter().map(|(app, channels)| (*app, webhook(channels))).collect();
        let webhooks: Vec<_> = webhooks.iter().map(|(app, webhook)| (*app, webhook)).collect();
        let names = assign(&webhooks, kept);
        let owners = webhooks.iter().map(|(app, webhook)| Some(Owner::of(app, webhook)));
        *kept = names.iter().cloned().zip(owners).collect();
        assert_eq!(kept.len(), webhooks.len(), "no two have one name: {names:?}");
        names.iter().map(|name| name.rsplit_once('-').unwrap().1.parse().unwrap()).collect()
    }

    #[test]
    fn webhooks_with_one_url_keep_their_names_whoever_comes_and_goes() {
        let mut kept = BTreeMap::new();
        assert_eq!(configure(&mut kept, &[("app", "a"), ("app", "b"), ("app", "c")]), [1, 2, 3]);
        assert_eq!(configure(&mut kept, &[("app", "c"), ("app", "a"), ("app", "b")]), [3, 1, 2]);
        assert_eq!(configure(&mut kept, &[("app", "b"), ("app", "c")]), [2, 3]);
        // What a removed one has left is not for a new one.
        assert_eq!(configure(&mut kept, &[("app", "d"), ("app", "b"), ("app", "c")]), [1, 2, 3]);
        assert_eq!(configure(&mut kept, &[("app", "c")]), [3]);
        assert_eq!(configure(&mut kept, &[("app", "e"), ("app", "c")]), [1, 3]);
    }

    #[test]
    fn a_webhook_keeps_its_name_when_its_filters_change() {
        let mut kept = BTreeMap::new();
        configure(&mut kept, &[("app", "a"), ("app", "b")]);
        assert_eq!(configure(&mut kept, &[("app", "a"), ("app", "changed")]), [1, 2]);
        assert_eq!(configure(&mut kept, &[("app", "changed")]), [2]);
        assert_eq!(configure(&mut kept, &[("app", "again")]), [2]);
    }

    #[test]
    fn what_one_application_has_left_is_not_for_another_that_is_called_alike() {
        let mut kept = BTreeMap::new();
        assert_eq!(configure(&mut kept, &[("a.b", "a"), ("a_b", "a")]), [1, 2]);
        assert_eq!(configure(&mut kept, &[("a_b", "a"), ("a.b", "a")]), [2, 1]);
        assert_eq!(configure(&mut kept, &[("a_b", "changed")]), [2]);
        assert_eq!(configure(&mut kept, &[("a.b", "changed")]), [1]);
    }

    #[test]
    fn states_of_which_nobody_knows_whose_they_are_go_by_the_order_of_the_configuration() {
        let mut kept = BTreeMap::new();
        configure(&mut kept, &[("a.b", "a"); 11]);
        kept.values_mut().for_each(|owner| *owner = None);
        let names = (1..=11).collect::<Vec<_>>();
        assert_eq!(configure(&mut kept, &[("a.b", "a"); 11]), names);
        // Those that are the same in everything have an order alone.
        assert_eq!(configure(&mut kept, &[("a.b", "a"); 11]), names);
    }
}
