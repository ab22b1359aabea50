//! Starting the server that is measured, and watching its memory.

use crate::http::Client;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Beyond this a start has failed.
const START: Duration = Duration::from_secs(120);

/// Half seconds with nothing to do, after which a server is idle.
const IDLE_FOR: usize = 4;

/// Where the demo says one can log in.
const OWNER: (&str, &str) = ("owner@demo.example", "clientele-demo");

/// What to start.
#[derive(Clone, Debug)]
pub struct Setup {
    pub program: PathBuf,
    /// `sqlite:PATH` or `postgres://…`
    pub database: String,
    /// The folder for the saved index and the log.
    pub folder: PathBuf,
    /// What is configured beside.
    pub environment: Vec<(String, String)>,
}

/// A server that runs until this is dropped.
pub struct Server {
    process: Child,
    pub client: Client,
    /// From the start of the process to its first answer.
    pub started_in: Duration,
    log: PathBuf,
}

impl Server {
    pub fn start(setup: &Setup) -> Result<Self, String> {
        let address = free_address().map_err(|error| error.to_string())?;
        let log = setup.folder.join("server.log");
        let file = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let began = Instant::now();
        let process = Command::new(&setup.program)
            .arg("serve")
            .env("DATABASE_URL", &setup.database)
            .env("CLIENTELE_DATA_DIR", &setup.folder)
            .env("CLIENTELE_LISTEN", address.to_string())
            .envs(setup.environment.iter().map(|(name, value)| (name, value)))
            .stdout(file.try_clone().map_err(|error| error.to_string())?)
            .stderr(file)
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}", setup.program.display()))?;
        let mut server = Self { process, client: Client::new(address), started_in: Duration::ZERO, log };
        let login = server.client.page("/login");
        server.wait(began, |server| server.client.send(&login).is_ok())?;
        server.started_in = began.elapsed();
        server.client.log_in(OWNER.0, OWNER.1)?;
        Ok(server)
    }

    /// Waits until the index of the customer list answers; before that the database does.
    pub fn wait_for_index(&mut self) -> Result<(), String> {
        self.wait(Instant::now(), |server| server.log_says("the customer index is loaded"))
    }

    /// Waits until it has nothing left to do, as after all customers were changed at once: indexes and segments follow.
    pub fn wait_until_idle(&mut self) -> Result<(), String> {
        let (mut before, mut idle) = (ticks(self.pid()), 0);
        while idle < IDLE_FOR {
            std::thread::sleep(Duration::from_millis(500));
            let now = ticks(self.pid()).ok_or("the server is gone")?;
            // A hundred ticks are a second of one processor.
            idle = if before.is_some_and(|before| now - before <= 2) { idle + 1 } else { 0 };
            before = Some(now);
        }
        Ok(())
    }

    fn wait(&mut self, since: Instant, mut done: impl FnMut(&Self) -> bool) -> Result<(), String> {
        while !done(self) {
            let exited = self.process.try_wait().is_ok_and(|status| status.is_some());
            if exited || since.elapsed() > START {
                return Err(format!("the server did not start; see {}", self.log.display()));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    fn log_says(&self, text: &str) -> bool {
        fs::read_to_string(&self.log).is_ok_and(|log| log.contains(text))
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    /// As a service manager would: asks, and kills what does not stop.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(30) {
            if self.process.try_wait().is_ok_and(|status| status.is_some()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// How long a process has computed, in the system's ticks.
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

/// Resident memory of a process in MB; `None` where the system does not say.
pub fn resident(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok();
    if let Some(line) = status.as_deref().and_then(|status| status.lines().find(|line| line.starts_with("VmRSS:"))) {
        return line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kib| kib * 1.024 / 1_000.0);
    }
    let ps = Command::new("ps").args(["-o", "rss=", "-p", &pid.to_string()]).output().ok()?;
    String::from_utf8(ps.stdout).ok()?.trim().parse::<f64>().ok().map(|kib| kib * 1.024 / 1_000.0)
}

/// The size of a file in MB; 0 where there is none.
pub fn megabytes(path: &Path) -> f64 {
    fs::metadata(path).map_or(0.0, |file| file.len() as f64 / 1e6)
}
