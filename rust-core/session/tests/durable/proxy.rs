//! A proxy that cuts.
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Passes octets on between callers and a target, and cuts where it is told to.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    target: Mutex<Option<String>>,
    /// Octets, both ways together, after which the next connection is cut; then 0 until it is set again.
    cut: AtomicU64,
    /// It was.
    was_cut: AtomicBool,
    passed: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
    connections: AtomicU64,
    over: AtomicBool,
}

impl Proxy {
    pub(crate) fn new(target: Option<&str>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            target: Mutex::new(target.map(str::to_owned)),
            cut: AtomicU64::new(u64::MAX),
            was_cut: AtomicBool::new(false),
            passed: AtomicU64::new(0),
            open: Mutex::default(),
            connections: AtomicU64::new(0),
            over: AtomicBool::new(false),
        });
        let shared = inner.clone();
        std::thread::spawn(move || {
            for near in listener.incoming() {
                if shared.over.load(Ordering::SeqCst) {
                    return;
                }
                let target = shared.target.lock().expect("a target").clone();
                let far = target.and_then(|target| TcpStream::connect(target).ok());
                if let (Ok(near), Some(far)) = (near, far) {
                    Inner::carry(&shared, near, far);
                }
            }
        });
        Proxy { address, inner }
    }

    pub(crate) fn aim(&self, target: &str) {
        *self.inner.target.lock().expect("a target") = Some(target.to_owned());
    }

    /// Cuts after so many octets from now on; all that pass count.
    pub(crate) fn cut_after(&self, octets: u64) {
        self.inner.passed.store(0, Ordering::SeqCst);
        self.inner.was_cut.store(false, Ordering::SeqCst);
        self.inner.cut.store(octets, Ordering::SeqCst);
    }

    pub(crate) fn was_cut(&self) -> bool {
        self.inner.was_cut.load(Ordering::SeqCst)
    }

    pub(crate) fn passed(&self) -> u64 {
        self.inner.passed.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.inner.connections.load(Ordering::SeqCst)
    }

    /// Cuts what is open now.
    pub(crate) fn cut_now(&self) {
        self.inner.cut_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.inner.over.store(true, Ordering::SeqCst);
        self.inner.cut_all();
        let _ = TcpStream::connect(self.address);
    }
}

impl Inner {
    fn cut_all(&self) {
        for stream in self.open.lock().expect("streams").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn carry(inner: &Arc<Inner>, near: TcpStream, far: TcpStream) {
        inner.connections.fetch_add(1, Ordering::SeqCst);
        for stream in [&near, &far] {
            stream.set_nodelay(true).expect("an option");
            inner.open.lock().expect("streams").push(stream.try_clone().expect("a clone"));
        }
        let back = (far.try_clone().expect("a clone"), near.try_clone().expect("a clone"));
        for (mut from, mut to) in [(near, far), back] {
            let inner = inner.clone();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(count @ 1..) = from.read(&mut buffer) {
                    let before = inner.passed.fetch_add(count as u64, Ordering::SeqCst);
                    let cut = inner.cut.load(Ordering::SeqCst);
                    let allowed = cut.saturating_sub(before).min(count as u64) as usize;
                    let written = to.write_all(&buffer[..allowed]).is_ok();
                    if allowed < count && inner.cut.swap(u64::MAX, Ordering::SeqCst) != u64::MAX {
                        inner.was_cut.store(true, Ordering::SeqCst);
                        inner.cut_all();
                    }
                    if !written || allowed < count {
                        break;
                    }
                }
                let _ = from.shutdown(Shutdown::Both);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }
}
