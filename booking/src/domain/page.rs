//! Long lists, a piece at a time.

/// Which piece of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// Number of the page, from 1.
    pub page: u32,
    /// Entries of one page, from 1.
    pub per_page: u32,
}

impl PageRequest {
    pub(crate) fn limit(self) -> i64 {
        i64::from(self.per_page)
    }

    pub(crate) fn offset(self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * i64::from(self.per_page)
    }
}

/// A piece of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The entries, newest first.
    pub items: Vec<T>,
    /// Number of the page, from 1.
    pub page: u32,
    /// Entries of one page.
    pub per_page: u32,
    /// Entries of the whole list.
    pub total: u64,
}

impl<T> Page<T> {
    pub(crate) fn new(request: PageRequest, items: Vec<T>, total: i64) -> Self {
        Self {
            items,
            page: request.page,
            per_page: request.per_page,
            total: u64::try_from(total).unwrap_or_default(),
        }
    }

    /// Number of the last page; 1 if the list is empty.
    #[must_use]
    pub fn last_page(&self) -> u64 {
        self.total.div_ceil(u64::from(self.per_page.max(1))).max(1)
    }
}
