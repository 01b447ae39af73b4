//! Histograms whose buckets are known beforehand: atomic ones for whoever counts, plain ones for a thread alone.

use std::{
    fmt,
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::{MetricType, TypedMetric},
};

use super::table::Described;

/// Most buckets of a histogram, the one without a bound included.
const MOST_BUCKETS: usize = 18;

/// Which buckets a histogram has. Values are whole numbers of a small unit, so that counting them costs no floating
/// point.
pub trait Bounds: fmt::Debug + Send + Sync + 'static {
    /// The upper bounds in rising order, fewer than `MOST_BUCKETS`.
    const BOUNDS: &'static [u64];
    /// How many of the small unit make one of the unit that Prometheus shows.
    const PER_UNIT: f64;
}

/// Buckets from 50 µs to 5 s; values are nanoseconds.
#[derive(Debug)]
pub enum Seconds {}

impl Bounds for Seconds {
    const BOUNDS: &'static [u64] = &[
        50_000,
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        25_000_000,
        50_000_000,
        100_000_000,
        250_000_000,
        500_000_000,
        1_000_000_000,
        2_500_000_000,
        5_000_000_000,
    ];
    const PER_UNIT: f64 = 1e9;
}

/// Buckets for how many there are of something: powers of ten.
#[derive(Debug)]
pub enum Amounts {}

impl Bounds for Amounts {
    const BOUNDS: &'static [u64] = &[1, 10, 100, 1_000, 10_000, 100_000];
    const PER_UNIT: f64 = 1.0;
}

/// A histogram that any thread may count in.
pub struct Histogram<B>(Arc<SharedTally<B>>);

/// The same in one place.
pub struct SharedTally<B>(Buckets<AtomicU64>, PhantomData<B>);

/// A histogram that one thread counts in.
pub struct Tally<B>(Buckets<u64>, PhantomData<B>);

#[derive(Debug, Default)]
struct Buckets<N> {
    counts: [N; MOST_BUCKETS],
    sum: N,
}

impl<B> Clone for Histogram<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> Default for Histogram<B> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<B> Default for SharedTally<B> {
    fn default() -> Self {
        Self(Buckets::default(), PhantomData)
    }
}

impl<B> Default for Tally<B> {
    fn default() -> Self {
        Self(Buckets::default(), PhantomData)
    }
}

impl<B> fmt::Debug for Histogram<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<B> fmt::Debug for SharedTally<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<B> fmt::Debug for Tally<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The bucket of a value.
fn bucket<B: Bounds>(value: u64) -> usize {
    B::BOUNDS.iter().take_while(|bound| value > **bound).count()
}

impl<B: Bounds> SharedTally<B> {
    /// Takes over what one thread has counted, of which this is the copy for others; only that thread may call it.
    pub fn publish(&self, tally: &Tally<B>) {
        for (shared, own) in self.0.counts.iter().zip(tally.0.counts) {
            shared.store(own, Relaxed);
        }
        self.0.sum.store(tally.0.sum, Relaxed);
    }

    /// What has been counted so far.
    #[must_use]
    pub fn read(&self) -> Tally<B> {
        let counts = std::array::from_fn(|bucket| self.0.counts[bucket].load(Relaxed));
        Tally(Buckets { counts, sum: self.0.sum.load(Relaxed) }, PhantomData)
    }
}

impl<B: Bounds> Histogram<B> {
    /// Counts a value.
    pub fn observe(&self, value: u64) {
        let SharedTally(buckets, _) = &*self.0;
        buckets.counts[bucket::<B>(value)].fetch_add(1, Relaxed);
        buckets.sum.fetch_add(value, Relaxed);
    }

    /// Makes it show these counts instead of its own.
    pub fn set(&self, tally: &Tally<B>) {
        self.0.publish(tally);
    }
}

impl Histogram<Seconds> {
    /// Counts how long something took.
    pub fn observe_duration(&self, took: Duration) {
        self.observe(nanoseconds(took));
    }
}

impl<B: Bounds> Tally<B> {
    /// Counts a value.
    pub fn observe(&mut self, value: u64) {
        self.0.counts[bucket::<B>(value)] += 1;
        self.0.sum = self.0.sum.wrapping_add(value);
    }

    /// Adds what another one has counted.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.0.counts.iter_mut().zip(other.0.counts) {
            *own += other;
        }
        self.0.sum = self.0.sum.wrapping_add(other.0.sum);
    }
}

impl Tally<Seconds> {
    /// Counts how long something took.
    pub fn observe_duration(&mut self, took: Duration) {
        self.observe(nanoseconds(took));
    }
}

fn nanoseconds(took: Duration) -> u64 {
    u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)
}

impl<B> TypedMetric for Histogram<B> {
    const TYPE: MetricType = MetricType::Histogram;
}

impl<B: Bounds> Described for Histogram<B> {
    const KIND: MetricType = MetricType::Histogram;
}

impl<B: Bounds> EncodeMetric for Histogram<B> {
    #[expect(clippy::cast_precision_loss, reason = "Prometheus has floating point numbers only")]
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let Tally(Buckets { counts, sum }, _) = self.0.read();
        let bounds = B::BOUNDS.iter().map(|bound| *bound as f64 / B::PER_UNIT).chain([f64::INFINITY]);
        let buckets: Vec<_> = bounds.zip(counts).collect();
        let count = counts.iter().sum();
        encoder.encode_histogram::<NoLabelSet>(sum as f64 / B::PER_UNIT, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_value_falls_into_the_first_bucket_that_is_large_enough() {
        let (histogram, mut tally) = (Histogram::<Amounts>::default(), Tally::<Amounts>::default());
        for value in [0, 1, 2, 10, 11, 1_000_000] {
            tally.observe(value);
        }
        histogram.set(&tally);
        histogram.observe(1);
        let mut registry = Registry::default();
        registry.register("x", "x", histogram);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        for line in [
            "x_sum 1000025.0\n",
            "x_count 7\n",
            "x_bucket{le=\"1.0\"} 3\n",
            "x_bucket{le=\"10.0\"} 5\n",
            "x_bucket{le=\"100.0\"} 6\n",
            "x_bucket{le=\"100000.0\"} 6\n",
            "x_bucket{le=\"+Inf\"} 7\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
    }

    #[test]
    fn bounds_rise_and_there_is_room_for_them() {
        for bounds in [Seconds::BOUNDS, Amounts::BOUNDS] {
            assert!(bounds.is_sorted() && bounds.len() < MOST_BUCKETS, "{bounds:?}");
        }
    }
}
