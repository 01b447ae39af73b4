//! How far a run is, for who watches it.

use indicatif::{ProgressBar, ProgressStyle};

const TEMPLATE: &str = "{msg} [{bar:40}] {pos}/{len}";

/// A bar on standard error, where that is a terminal; it disappears when it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    /// Nothing where nobody would see it.
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar that is full at `total`.
    pub(crate) fn new(label: &'static str, total: u64) -> Self {
        Self::over(ProgressBar::new(total), label)
    }

    /// How far the run is. It may be called very often: the bar is drawn a few times per second at most.
    pub(crate) fn set(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(position);
        }
    }

    fn over(bar: ProgressBar, label: &'static str) -> Self {
        if bar.is_hidden() {
            return Self { bar: None };
        }
        let style = ProgressStyle::with_template(TEMPLATE).expect("the template is well-formed");
        Self { bar: Some(bar.with_style(style.progress_chars("=> ")).with_message(label)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_not_kept() {
        let progress = Progress::over(ProgressBar::hidden(), "connect");
        progress.set(7);
        assert!(progress.bar.is_none());
    }

    #[test]
    fn the_template_is_well_formed() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }
}
