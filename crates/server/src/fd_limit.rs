//! The limit of open files, which is the limit of connections.

use std::io;

/// Raises the soft limit of open files to the hard one, and tells the limit that holds then.
///
/// # Errors
///
/// The system refuses to tell or to change the limit.
pub fn raise() -> io::Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_a_raised_limit_changes_nothing() {
        let limit = raise().unwrap();
        assert!(limit > 0);
        assert_eq!(raise().unwrap(), limit);
    }
}
