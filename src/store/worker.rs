//! Threads that work beside the requests: round after round, until the service stops.

use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, TryRecvError, bounded};
use tokio::runtime::{Builder, Runtime};

use crate::kernel::StoreFault;

/// What a worker does after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is more to do: begin the next round at once.
    AtOnce,
    /// Wait for the usual time.
    Later,
}

/// A thread with rounds of work. Dropping it lets the round under way end, and waits for that.
pub struct Worker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread named `name` that runs `round` again and again, with `pause` between rounds that leave nothing to do. The
    /// round is given a runtime on which it can wait for the database.
    ///
    /// # Errors
    /// [`StoreFault::Unavailable`] where the machine gives no thread or runtime.
    pub fn start(name: &str, pause: Duration, mut round: impl FnMut(&Runtime) -> Next + Send + 'static) -> Result<Self, StoreFault> {
        let away = |error: std::io::Error| StoreFault::Unavailable(error.to_string());
        let runtime = Builder::new_current_thread().enable_time().build().map_err(away)?;
        let (stop, stopped) = bounded::<()>(0);
        let work = move || {
            loop {
                let pause = match round(&runtime) {
                    Next::AtOnce => Duration::ZERO,
                    Next::Later => pause,
                };
                let waited = if pause.is_zero() {
                    stopped.try_recv().map_err(|empty| empty == TryRecvError::Empty)
                } else {
                    stopped.recv_timeout(pause).map_err(|ended| ended == RecvTimeoutError::Timeout)
                };
                if waited != Err(true) {
                    break;
                }
            }
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(away)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_goes_on_until_it_is_dropped() {
        let (tell, told) = bounded(0);
        let worker = Worker::start("rounds", Duration::from_micros(1), move |_| {
            // Fails once nobody listens any more, which must not keep the worker from its end.
            let _ = tell.send(());
            Next::AtOnce
        })
        .unwrap();
        for _ in 0..3 {
            told.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        drop(told);
        drop(worker);
    }
}
