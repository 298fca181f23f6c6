//! The controller's process.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) struct Controller {
    process: Child,
    address: SocketAddr,
}

impl Controller {
    pub(crate) fn start(kubeconfig: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut command = Command::new(env!("CARGO_BIN_EXE_bulla-controller"));
        command.args(["--log-level", "warn", "--log-format", "text", "--listen"]);
        command.arg(address.to_string());
        command.env("KUBECONFIG", kubeconfig);
        command.stdin(Stdio::null());
        let process = command.spawn().unwrap();
        Self { process, address }
    }

    pub(crate) async fn wait_for_ready(&self, count: usize) {
        self.wait_for("bulla_sealed_secrets{reason=\"Created\"}", count)
            .await;
    }

    pub(crate) async fn wait_for_looks(&self, count: usize) {
        self.wait_for("bulla_reconciles_total", count).await;
    }

    pub(crate) async fn wait_for(&self, metric: &str, count: usize) {
        loop {
            if self.metric(metric).is_some_and(|found| found >= count) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn metric(&self, name: &str) -> Option<usize> {
        let answer = get(self.address, "/metrics")?;
        let line = answer.lines().find(|line| line.starts_with(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Now, and at most so far.
    pub(crate) fn memory(&self) -> String {
        let path = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name));
            let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
            kib.map_or(0.0, |kib: f64| kib / 1024.0)
        };
        format!("{:.1} MiB, at most {:.1} MiB", of("VmRSS"), of("VmHWM"))
    }
}

/// An answer of HTTP, head and all.
pub(crate) fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = "Host: bench\r\nConnection: close";
    write!(stream, "GET {path} HTTP/1.1\r\n{head}\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

impl Drop for Controller {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
