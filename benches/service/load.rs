//! Many clients at once, for a time.

use std::sync::Barrier;
use std::time::{Duration, Instant};

/// How often something was done, and how long the slowest hundredth took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rate {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
}

/// Lets `clients` threads do what `client` makes for each, over and over until `time` is over or a client has nothing left to do.
/// Each call answers how many things it did.
pub fn drive<W>(clients: usize, time: Duration, client: impl Fn(usize) -> W + Sync) -> Rate
where
    W: FnMut() -> Option<u32>,
{
    let barrier = Barrier::new(clients);
    let one = |number: usize| {
        let mut work = client(number);
        barrier.wait();
        let started = Instant::now();
        let (mut done, mut took) = (0_u32, Vec::new());
        while started.elapsed() < time {
            let begun = Instant::now();
            let Some(count) = work() else { break };
            took.push(begun.elapsed() / count.max(1));
            done += count;
        }
        (done, started.elapsed(), took)
    };
    let all: Vec<_> = std::thread::scope(|scope| {
        let one = &one;
        let handles: Vec<_> = (0..clients).map(|number| scope.spawn(move || one(number))).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    let done: u32 = all.iter().map(|(done, _, _)| done).sum();
    let longest = all.iter().map(|(_, time, _)| *time).max().unwrap_or(time);
    let mut took: Vec<Duration> = all.into_iter().flat_map(|(_, _, took)| took).collect();
    took.sort_unstable();
    let at = |hundredths: usize| took.get(took.len().saturating_sub(1) * hundredths / 100).copied().unwrap_or_default();
    Rate { per_second: f64::from(done) / longest.as_secs_f64(), p50: at(50), p99: at(99) }
}

/// The middle one of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}
