//! Time, by criterion.
use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

fn all(criterion: &mut Criterion) {
    for mut work in osisession_benches::work() {
        criterion
            .benchmark_group(&work.about)
            .bench_function(work.name, |bencher| bencher.iter(&mut work.run));
    }
}

criterion_group! {
    name = codec;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30);
    targets = all
}
criterion_main!(codec);
