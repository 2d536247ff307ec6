//! Threads that own a connection and answer questions.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::kernel::{Refusal, StoreFault};
use crate::store::Conn;

/// Opens a connection on the thread that will own it.
pub(super) type Connect = Arc<dyn Fn() -> Result<Conn, StoreFault> + Send + Sync>;

/// Answers its caller, and says whether the connection may be used again.
type Job = Box<dyn FnOnce(Result<&mut Conn, StoreFault>) -> bool + Send>;

/// A bounded queue in front of threads that each own a connection.
pub(super) struct Lane {
    jobs: Sender<Job>,
}

impl Lane {
    /// Starts `threads` threads named `name`.
    pub fn start(name: &str, threads: usize, queue: usize, connect: &Connect) -> Result<Self, StoreFault> {
        let (jobs, waiting) = bounded::<Job>(queue);
        for number in 0..threads.max(1) {
            let (waiting, connect) = (waiting.clone(), Arc::clone(connect));
            std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(move || serve(&waiting, &connect))
                .map_err(|error| StoreFault::Unavailable(error.to_string()))?;
        }
        Ok(Self { jobs })
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.jobs.len()
    }

    /// Runs `work` on one of the threads.
    pub async fn ask<T: Send + 'static>(
        &self,
        deadline: Duration,
        work: impl FnOnce(&mut Conn) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        let job: Job = Box::new(move |conn| {
            // Nobody waits any more: the caller left or the deadline passed.
            if answer.is_closed() {
                return true;
            }
            let outcome = run(conn, work);
            let usable = is_usable_after(&outcome);
            let _ = answer.send(outcome);
            usable
        });
        self.jobs.try_send(job).map_err(refuse_full)?;
        match tokio::time::timeout(deadline, answered).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Refusal::Store(StoreFault::Unavailable("the database thread ended".to_owned()))),
            Err(_) => Err(Refusal::Store(StoreFault::Unavailable("the deadline passed".to_owned()))),
        }
    }
}

pub(super) fn refuse_full<T>(error: TrySendError<T>) -> Refusal {
    let why = match error {
        TrySendError::Full(_) => "the queue is full",
        TrySendError::Disconnected(_) => "the database threads have stopped",
    };
    Refusal::Store(StoreFault::Unavailable(why.to_owned()))
}

fn run<T>(conn: Result<&mut Conn, StoreFault>, work: impl FnOnce(&mut Conn) -> Result<T, Refusal>) -> Result<T, Refusal> {
    let conn = conn?;
    match catch_unwind(AssertUnwindSafe(|| work(conn))) {
        Ok(outcome) => outcome,
        Err(panic) => Err(Refusal::broken(panic_text(panic.as_ref()))),
    }
}

/// What a caught panic said, for the log.
pub(super) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_else(|| "without a text".to_owned()))
}

fn serve(waiting: &Receiver<Job>, connect: &Connect) {
    let mut open: Option<Conn> = None;
    while let Ok(job) = waiting.recv() {
        if open.is_none() {
            match connect() {
                Ok(conn) => open = Some(conn),
                Err(fault) => {
                    job(Err(fault));
                    continue;
                }
            }
        }
        if let Some(conn) = open.as_mut()
            && !job(Ok(conn))
        {
            open = None;
        }
    }
}

/// Whether a connection may be used again: after a fault below the rules it is made anew, since the server may have closed it
/// or a transaction may have stayed open.
pub(super) const fn is_usable_after<T>(outcome: &Result<T, Refusal>) -> bool {
    !matches!(outcome, Err(Refusal::Store(_)))
}
