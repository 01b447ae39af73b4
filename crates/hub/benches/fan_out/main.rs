//! What a broadcast costs the shard for each subscriber, without the sockets: at most 0.3 µs is the aim. The time of
//! an iteration divided by its elements is the time for one message to one subscriber.

mod room;
mod shard;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

use room::Room;

fn fan_out(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fan_out");
    for (subscribers, messages) in [(10, 1), (1_000, 1), (1_000, 16), (50_000, 1)] {
        group.throughput(Throughput::Elements(u64::from(subscribers) * messages));
        let id = BenchmarkId::new(format!("{subscribers} subscribers"), format!("{messages} per write"));
        let mut room = Room::new(subscribers);
        let expected = subscribers as usize * messages as usize * room.message_length();
        group.bench_function(id, |bencher| {
            bencher.iter(|| {
                for _ in 0..messages {
                    room.broadcast();
                }
                assert_eq!(room.drain(), expected);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, fan_out);
criterion_main!(benches);
