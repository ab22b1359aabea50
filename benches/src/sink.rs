//! A mail server that takes everything: what the machine's loopback gives at best, for whoever sends.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Whole mails that are kept: others send the same.
const SAMPLES: usize = 1_000;

#[derive(Debug, Default)]
struct Taken {
    /// Address → how many.
    to: HashMap<String, u32>,
    samples: Vec<Vec<u8>>,
}

/// It runs until the process ends.
#[derive(Clone, Debug)]
pub struct Sink {
    pub address: SocketAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Sink {
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let sink = Self { address: listener.local_addr()?, taken: Arc::default() };
        let taken = sink.taken.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taken = taken.clone();
                std::thread::spawn(move || talk(&stream, &taken));
            }
        });
        Ok(sink)
    }

    /// How many mails came, and how many addresses got more than one.
    pub fn counts(&self) -> (usize, usize) {
        let taken = self.lock();
        let mails = taken.to.values().map(|count| *count as usize).sum();
        (mails, taken.to.values().filter(|count| **count > 1).count())
    }

    pub fn samples(&self) -> Vec<Vec<u8>> {
        self.lock().samples.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// One connection. Whatever breaks ends it: who sends sees that.
fn talk(stream: &TcpStream, taken: &Mutex<Taken>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (mut lines, mut out) = (BufReader::with_capacity(64 * 1024, stream), stream);
    let mut to = String::new();
    out.write_all(b"220 sink ready\r\n").ok()?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match command.as_str() {
            "EHLO" => b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "QUIT" => {
                out.write_all(b"221 bye\r\n").ok()?;
                return None;
            }
            "RCPT" => {
                line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                b"250 OK\r\n"
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n").ok()?;
                let mail = read_mail(&mut lines)?;
                let mut taken = taken.lock().ok()?;
                *taken.to.entry(std::mem::take(&mut to)).or_default() += 1;
                if taken.samples.len() < SAMPLES {
                    taken.samples.push(mail);
                }
                b"250 taken\r\n"
            }
            _ => b"250 OK\r\n",
        };
        out.write_all(answer).ok()?;
    }
}

/// Up to the line with a dot; dots at the beginning of lines are taken off.
fn read_mail(lines: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut mail = Vec::with_capacity(8 * 1024);
    loop {
        let start = mail.len();
        if lines.by_ref().take(1 << 20).read_until(b'\n', &mut mail).ok()? == 0 {
            return None;
        }
        if mail.get(start) == Some(&b'.') {
            if mail.len() - start <= 3 {
                mail.truncate(start);
                return Some(mail);
            }
            mail.remove(start);
        }
    }
}

/// Sends `mails` over so many connections with nothing but what the protocol needs: mails a second.
pub fn bare_rate(sink: &Sink, sample: &[u8], mails: usize, connections: usize) -> Result<f64, String> {
    let mut body = Vec::with_capacity(sample.len() + 8);
    for line in sample.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            body.push(b'.');
        }
        body.extend_from_slice(line);
    }
    body.extend_from_slice(b".\r\n");
    let began = std::time::Instant::now();
    std::thread::scope(|scope| {
        let share = mails / connections;
        let threads: Vec<_> = (0..connections)
            .map(|at| {
                scope.spawn({
                    let body = &body;
                    move || send_bare(sink, body, at, share)
                })
            })
            .collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err("a thread died".into())))
    })?;
    Ok((mails / connections * connections) as f64 / began.elapsed().as_secs_f64())
}

fn send_bare(sink: &Sink, body: &[u8], at: usize, mails: usize) -> Result<(), String> {
    let broken = |error: std::io::Error| error.to_string();
    let stream = TcpStream::connect(sink.address).map_err(broken)?;
    stream.set_nodelay(true).map_err(broken)?;
    let mut lines = BufReader::new(&stream);
    let mut out = &stream;
    let mut say = |what: &[u8], last: &str| -> Result<(), String> {
        out.write_all(what).map_err(broken)?;
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).map_err(broken)? == 0 {
                return Err("the sink hung up".into());
            }
            if line.starts_with(last) {
                return Ok(());
            }
        }
    };
    say(b"", "220 ")?;
    say(b"EHLO bench\r\n", "250 ")?;
    for mail in 0..mails {
        say(b"MAIL FROM:<shop@shop.example>\r\n", "250 ")?;
        say(format!("RCPT TO:<bare-{at}-{mail}@shop.example>\r\n").as_bytes(), "250 ")?;
        say(b"DATA\r\n", "354 ")?;
        say(body, "250 ")?;
    }
    Ok(())
}
