//! The applications that are configured now.

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use gema_hub::{App, AppNumber, AppsByNumber};

/// The applications that requests and connections are for. All of them are replaced at once when they are configured
/// anew.
#[derive(Debug)]
pub struct Apps(ArcSwap<AppTable>);

/// Applications by what requests name them with.
#[derive(Debug, Default)]
pub struct AppTable {
    by_id: HashMap<String, Arc<App>>,
    by_key: HashMap<String, Arc<App>>,
    /// The numbers of all applications that the process has ever had: channels and counters are kept by them.
    numbers: HashMap<String, AppNumber>,
}

impl Apps {
    /// The applications; their ids and keys differ.
    #[must_use]
    pub fn new(apps: &[Arc<App>]) -> Self {
        Self(ArcSwap::from_pointee(AppTable::default().followed_by(apps)))
    }

    /// The application with this id.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<Arc<App>> {
        self.0.load().by_id.get(id).cloned()
    }

    /// The application with this key.
    #[must_use]
    pub fn by_key(&self, key: &str) -> Option<Arc<App>> {
        self.0.load().by_key.get(key).cloned()
    }

    /// The applications of now.
    #[must_use]
    pub fn now(&self) -> Arc<AppTable> {
        self.0.load_full()
    }

    /// Replaces all applications. To be called by one thread.
    pub fn replace(&self, table: AppTable) {
        self.0.store(Arc::new(table));
    }
}

impl AppTable {
    /// These applications instead. Those with an id that was there before keep their number.
    #[must_use]
    pub fn followed_by(&self, apps: &[Arc<App>]) -> Self {
        let mut table = Self { numbers: self.numbers.clone(), ..Self::default() };
        for app in apps {
            let next = AppNumber(table.numbers.len() as u32);
            let number = *table.numbers.entry(app.id.clone()).or_insert(next);
            let app = Arc::new(App { number, ..App::clone(app) });
            table.by_id.insert(app.id.clone(), Arc::clone(&app));
            table.by_key.insert(app.key.clone(), app);
        }
        table
    }

    /// All applications, without any order.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<App>> {
        self.by_id.values()
    }

    /// How many applications there have ever been: their numbers are below.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.numbers.len()
    }

    /// The applications by their numbers, for the shards.
    #[must_use]
    pub fn by_number(&self) -> AppsByNumber {
        let mut apps = vec![None; self.numbers.len()];
        for app in self.iter() {
            apps[app.number.0 as usize] = Some(Arc::clone(app));
        }
        apps.into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap as Vars;

    use super::*;
    use crate::config::{Config, Flags, GemaToml};

    fn configured(ids: &[&str]) -> Vec<Arc<App>> {
        let table = |id| format!("[[apps]]\nid = '{id}'\nkey = 'key-{id}'\nsecret = 's'\n");
        let text: String = ids.iter().map(table).collect();
        let file = GemaToml::parse("gema.toml".as_ref(), &text).unwrap();
        Config::load(&Flags::default(), &Vars::new(), Some(&file)).unwrap().apps
    }

    #[test]
    fn an_application_keeps_its_number_whatever_comes_and_goes() {
        let apps = Apps::new(&configured(&["a", "b"]));
        let number = |id: &str| apps.by_id(id).map(|app| app.number.0);
        assert_eq!(["a", "b", "c"].map(number), [Some(0), Some(1), None]);

        apps.replace(apps.now().followed_by(&configured(&["c", "b"])));
        assert_eq!(["a", "b", "c"].map(number), [None, Some(1), Some(2)]);
        assert!(apps.by_key("key-a").is_none());
        let by_number = apps.now().by_number();
        let ids: Vec<_> = by_number.iter().map(|app| app.as_ref().map(|app| &*app.id)).collect();
        assert_eq!(ids, [None, Some("b"), Some("c")]);

        apps.replace(apps.now().followed_by(&configured(&["a"])));
        assert_eq!(["a", "b", "c"].map(number), [Some(0), None, None]);
        assert_eq!(apps.now().numbers(), 3);
    }
}
