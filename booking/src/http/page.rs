//! Lists come in pages: which one is asked for, and Laravel's `meta` and `links` about it.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::validation::{Fields, Refused, digits_between};
use crate::domain::PageRequest;

const DEFAULT_PER_PAGE: u32 = 15;
const MAX_PER_PAGE: u32 = 100;
const MAX_PAGE: u32 = 1_000_000;

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Number of the page, from 1. A page beyond the last one is empty.
    #[param(required = false, default = 1, minimum = 1, maximum = 1_000_000)]
    pub(crate) page: u32,
    /// Entries per page.
    #[param(required = false, default = 15, minimum = 1, maximum = 100)]
    pub(crate) per_page: u32,
}

/// Where a page stands in its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PageMeta {
    /// Number of this page, from 1.
    #[schema(minimum = 1, example = 1)]
    current_page: u32,
    /// Entries per page.
    #[schema(minimum = 1, maximum = 100, example = 15)]
    per_page: u32,
    /// Entries of the whole list.
    #[schema(example = 31)]
    total: u64,
    /// Number of the last page; 1 where the list is empty.
    #[schema(minimum = 1, example = 3)]
    last_page: u64,
}

/// Where the other pages are: references relative to the server, with the filters of this request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PageLinks {
    /// The first page.
    #[schema(example = "/api/v1/bookings?per_page=15&page=1")]
    first: String,
    /// The last page.
    #[schema(example = "/api/v1/bookings?per_page=15&page=3")]
    last: String,
    /// The page before this one.
    #[schema(required, example = json!(null))]
    prev: Option<String>,
    /// The page after this one.
    #[schema(required, example = "/api/v1/bookings?per_page=15&page=2")]
    next: Option<String>,
}

impl PageQuery {
    /// Reads `page` and `per_page`.
    pub(crate) fn from_fields(fields: &mut Fields) -> Result<Self, Refused> {
        let page = number(fields, "page", 1, MAX_PAGE);
        let per_page = number(fields, "per_page", DEFAULT_PER_PAGE, MAX_PER_PAGE);
        Ok(Self { page: page?, per_page: per_page? })
    }

    /// What to say about this page of the list at `path`. `filters` are names and values that need no escapes.
    pub(crate) fn describe(
        self,
        path: &str,
        filters: &[(&str, String)],
        total: u64,
    ) -> (PageMeta, PageLinks) {
        let last_page = total.div_ceil(self.per_page.into()).max(1);
        let current = u64::from(self.page);
        let filters: String = filters.iter().map(|(name, value)| format!("{name}={value}&")).collect();
        let link = |page: u64| format!("{path}?{filters}per_page={}&page={page}", self.per_page);
        let links = PageLinks {
            first: link(1),
            last: link(last_page),
            prev: (current > 1).then(|| link((current - 1).min(last_page))),
            next: (current < last_page).then(|| link(current + 1)),
        };
        (PageMeta { current_page: self.page, per_page: self.per_page, total, last_page }, links)
    }
}

impl From<PageQuery> for PageRequest {
    fn from(PageQuery { page, per_page }: PageQuery) -> Self {
        Self { page, per_page }
    }
}

fn number(fields: &mut Fields, name: &'static str, default: u32, most: u32) -> Result<u32, Refused> {
    let number = fields.optional(name, digits_between(1, most.into()))?;
    Ok(number.map_or(default, |number| u32::try_from(number).unwrap_or(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_neighbours() {
        let check = |page, total, last_page, prev: Option<&str>, next: Option<&str>| {
            let (meta, links) =
                PageQuery { page, per_page: 10 }.describe("/x", &[("a", "b".to_owned())], total);
            assert_eq!(meta, PageMeta { current_page: page, per_page: 10, total, last_page });
            assert_eq!((links.prev.as_deref(), links.next.as_deref()), (prev, next));
        };
        let (first, second, third) =
            ("/x?a=b&per_page=10&page=1", "/x?a=b&per_page=10&page=2", "/x?a=b&per_page=10&page=3");
        check(1, 0, 1, None, None);
        check(1, 10, 1, None, None);
        check(1, 11, 2, None, Some(second));
        check(2, 30, 3, Some(first), Some(third));
        check(3, 30, 3, Some(second), None);
        check(9, 30, 3, Some(third), None);
    }
}
