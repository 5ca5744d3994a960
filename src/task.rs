//! Futures that end when their handle is dropped.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

pub(crate) type LocalFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Splits a future into the task that an executor runs and the handle that ends it.
///
/// Dropping the handle drops the future at once, or, where the future itself is what drops it, as soon as it returns.
pub(crate) fn cancellable(future: LocalFuture<()>) -> (Task, TaskHandle) {
    let shared = Rc::new(Shared {
        future: RefCell::new(Some(future)),
        cancelled: Cell::new(false),
        waker: Cell::new(None),
    });
    (Task(shared.clone()), TaskHandle(shared))
}

pub(crate) struct Task(Rc<Shared>);

pub(crate) struct TaskHandle(Rc<Shared>);

struct Shared {
    future: RefCell<Option<LocalFuture<()>>>,
    cancelled: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let shared = &self.0;
        let poll = {
            let mut slot = shared.future.borrow_mut();
            let Some(future) = slot.as_mut() else { return Poll::Ready(()) };
            future.as_mut().poll(context)
        };
        if poll.is_ready() || shared.cancelled.get() {
            drop(shared.future.take());
            return Poll::Ready(());
        }
        shared.waker.set(Some(context.waker().clone()));
        Poll::Pending
    }
}

impl Drop for TaskHandle {
    fn drop(&mut self) {
        self.0.cancelled.set(true);
        // While the future runs it is borrowed; `poll` then finds the flag.
        if let Ok(mut slot) = self.0.future.try_borrow_mut() {
            let future = slot.take();
            drop(slot);
            drop(future);
        }
        // The executor shall let go of the task, too.
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(task: &mut Task) -> Poll<()> {
        Pin::new(task).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn dropping_the_handle_drops_the_future() {
        let inside = Rc::new(());
        let held = inside.clone();
        let (mut task, handle) = cancellable(Box::pin(async move {
            let _held = held;
            std::future::pending::<()>().await;
        }));
        assert!(poll(&mut task).is_pending());
        assert_eq!(Rc::strong_count(&inside), 2);
        drop(handle);
        assert_eq!(Rc::strong_count(&inside), 1);
        assert!(poll(&mut task).is_ready());
    }

    #[test]
    fn the_executor_is_told_to_let_go() {
        struct Count(std::sync::atomic::AtomicUsize);
        impl std::task::Wake for Count {
            fn wake(self: std::sync::Arc<Self>) {
                self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let woken = std::sync::Arc::new(Count(0.into()));
        let (mut task, handle) = cancellable(Box::pin(std::future::pending()));
        let waker = woken.clone().into();
        assert!(Pin::new(&mut task).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(handle);
        assert_eq!(woken.0.load(std::sync::atomic::Ordering::Relaxed), 1);
    }

    #[test]
    fn a_future_may_drop_its_own_handle() {
        let own: Rc<Cell<Option<TaskHandle>>> = Rc::default();
        let inner = own.clone();
        let (mut task, handle) = cancellable(Box::pin(async move {
            drop(inner.take());
            std::future::pending::<()>().await;
        }));
        own.set(Some(handle));
        assert!(poll(&mut task).is_ready());
    }
}
