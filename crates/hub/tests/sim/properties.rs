//! Random courses of events. A failure prints the shortest course that fails, and the seed that leads to it again;
//! `PROPTEST_RNG_SEED` and `PROPTEST_CASES` repeat and prolong the test that has no fixed seed.

use std::hash::{BuildHasher, RandomState};

use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::{operation, run::Run};

/// Runs the courses of at most so many operations that follow from the seed.
fn explore(mut config: Config, seed: u64, operations: usize) {
    config.rng_seed = RngSeed::Fixed(seed);
    config.failure_persistence = None;
    config.max_shrink_iters = 20_000;
    let result = TestRunner::new(config).run(&operation::course(operations), |course| {
        Run::course(&course);
        Ok(())
    });
    if let Err(error) = result {
        panic!("with seed {seed}: {error}");
    }
}

#[test]
fn short_courses_of_a_fixed_seed_end_as_they_ought_to() {
    explore(Config::with_cases(10_000), 1, 40);
}

#[test]
fn long_courses_of_a_fixed_seed_end_as_they_ought_to() {
    explore(Config::with_cases(1_500), 2, 400);
}

#[test]
fn random_courses_end_as_they_ought_to() {
    let config = Config::default();
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => RandomState::new().hash_one(0),
    };
    explore(config, seed, 150);
}
