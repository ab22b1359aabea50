//! A campaign to everybody through a mail server on loopback that takes everything, beside nodemailer's pooled transport that sends
//! the same bodies to the same server, and beside what that server takes from somebody who does nothing else.

use crate::server::{Server, Setup, resident};
use crate::sink::{Sink, bare_rate};
use crate::sql::Database;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Connections to the mail server, ours and the peer's alike.
const CONNECTIONS: usize = 8;
/// Times the peer's mails a second.
const TARGET: f64 = 3.0;
/// MB, whatever the audience.
const MEMORY: f64 = 150.0;
/// As often as the page of a campaign is told.
const LOOK_EVERY: Duration = Duration::from_millis(700);
/// Beyond this it hangs.
const PATIENCE: Duration = Duration::from_secs(1_800);

/// Personal, with what mails have: a preheader, a button, several variables.
const BODY: &str = r#"<h1>Hello {{ customer.first_name | default(\"there\") }}</h1><p>You have been with us since {{ customer.since }} and placed {{ customer.orders }} orders. {{ customer.points }} points wait for you.</p><p>This week everything made of linen costs 20 % less: shirts, trousers, sheets and towels, in all sizes and colours that are left. Orders above 50 are shipped for free, and whoever finds something that does not fit sends it back within 30 days.</p><p><a class=\"button\" href=\"https://shop.example/sale\">To the sale</a></p><p>See you soon!</p>"#;

/// What is set up before: nobody is left out, and nothing is slowed down.
const PREPARE: [&str; 3] = [
    "UPDATE customers SET marketing_email = TRUE, account_status = 'active'",
    "INSERT INTO settings (key, value, updated_at) VALUES ('mail.per_second', '0', 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "INSERT INTO settings (key, value, updated_at) VALUES ('mail.from_address', '\"news@shop.example\"', 0)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value",
];

/// Runs it; whether the limits hold. `peer`: the folder with the peer's program and its packages.
pub fn run(setup: &Setup, peer: &Path) -> Result<bool, String> {
    let database = Database::open(&setup.database)?;
    for sql in PREPARE {
        database.execute(&setup.database, sql)?;
    }
    let sink = Sink::start().map_err(|error| error.to_string())?;
    let ours = campaign(setup, &sink)?;
    let samples = sink.samples();
    let sample = samples.iter().max_by_key(|mail| mail.len()).ok_or("the sink kept no mail")?;
    let bare = bare_rate(&Sink::start().map_err(|error| error.to_string())?, sample, ours.mails, CONNECTIONS)?;
    let theirs = nodemailer(peer, &setup.folder, &samples, ours.mails)?;
    println!("{} mails of up to {} bytes over {CONNECTIONS} connections", ours.mails, sample.len());
    println!(
        "mails a second: {:.0}; nodemailer {:.0}; the bare protocol {bare:.0} (ours is {:.2} of it)",
        ours.rate,
        theirs.rate,
        ours.rate / bare
    );
    println!(
        "frozen after {:.1} s, sent after {:.1} s; at most {:.0} MB resident, nodemailer {:.0} MB",
        ours.frozen, ours.took, ours.memory, theirs.memory
    );
    let verdict = |good: bool| if good { "PASS" } else { "FAIL" };
    let (fast, small) = (ours.rate >= TARGET * theirs.rate, ours.memory <= MEMORY);
    println!("\n{}  mails a second / nodemailer's: {:.2} (at least {TARGET})", verdict(fast), ours.rate / theirs.rate);
    println!("{}  memory: {:.0} MB (at most {MEMORY})", verdict(small), ours.memory);
    Ok(fast && small)
}

struct Sent {
    mails: usize,
    rate: f64,
    took: f64,
    /// Until everybody was written down who gets it.
    frozen: f64,
    memory: f64,
}

/// Sends a campaign to everybody, and sees that all got it once.
fn campaign(setup: &Setup, sink: &Sink) -> Result<Sent, String> {
    let mut setup = setup.clone();
    setup.environment.push(("CLIENTELE_SMTP_URL".into(), format!("smtp://{}?tls=none", sink.address)));
    setup.environment.push(("CLIENTELE_SMTP_CONNECTIONS".into(), CONNECTIONS.to_string()));
    let mut server = Server::start(&setup)?;
    server.wait_for_index()?;
    server.wait_until_idle()?;
    let form = format!(
        r#"{{"form":{{"name":"Bench","topic":"newsletter","subject":"{{{{ customer.first_name | default(\"Linen\") }}}}, 20 % off","preheader":"Until Sunday","layout":"card","body":"{BODY}","text":"","audience":{{"include":["everybody"],"exclude":[]}}}}}}"#
    );
    let id = server.client.call("add_campaign", &form)?;
    let id = id.as_i64().ok_or_else(|| format!("add_campaign answers {id}"))?;
    let memory = watch(server.pid());
    let began = Instant::now();
    server.client.call("start_campaign", &format!("{{\"id\":{id}}}"))?;
    let mut frozen = 0.0;
    loop {
        std::thread::sleep(LOOK_EVERY);
        let seen = server.client.call("get_campaign", &format!("{{\"id\":{id}}}"))?;
        if frozen == 0.0 && seen["frozen"] == true {
            frozen = began.elapsed().as_secs_f64();
        }
        match seen["state"].as_str() {
            Some("sent") => break,
            Some("sending") if began.elapsed() < PATIENCE => {}
            _ => return Err(format!("the campaign does not end: {seen}")),
        }
    }
    let took = began.elapsed().as_secs_f64();
    let (mails, twice) = sink.counts();
    let wanted = server.client.call("get_campaign", &format!("{{\"id\":{id}}}"))?["waterfall"]["gets_it"].as_i64().unwrap_or(-1);
    if twice > 0 || mails as i64 != wanted {
        return Err(format!("{mails} mails came of {wanted}, {twice} of them to somebody who had one"));
    }
    let memory = memory.stop();
    Ok(Sent { mails, rate: mails as f64 / took, took, frozen, memory })
}

/// The largest resident memory of a process while it is watched.
struct Watch {
    over: Arc<AtomicBool>,
    largest: Arc<AtomicU64>,
}

fn watch(pid: u32) -> Watch {
    let watch = Watch { over: Arc::default(), largest: Arc::default() };
    let (over, largest) = (watch.over.clone(), watch.largest.clone());
    std::thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            if let Some(megabytes) = resident(pid) {
                largest.fetch_max(megabytes as u64, Ordering::Relaxed);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    watch
}

impl Watch {
    fn stop(self) -> f64 {
        self.over.store(true, Ordering::Relaxed);
        self.largest.load(Ordering::Relaxed) as f64
    }
}

struct Peer {
    rate: f64,
    memory: f64,
}

/// Sends so many of the sampled mails again, to a sink of its own.
fn nodemailer(peer: &Path, folder: &Path, samples: &[Vec<u8>], mails: usize) -> Result<Peer, String> {
    let sink = Sink::start().map_err(|error| error.to_string())?;
    let kept = folder.join("samples");
    fs::create_dir_all(&kept).map_err(|error| error.to_string())?;
    for (at, mail) in samples.iter().enumerate() {
        fs::write(kept.join(format!("{at}.eml")), mail).map_err(|error| error.to_string())?;
    }
    let output = Command::new("node")
        .current_dir(peer)
        .arg("send.mjs")
        .args([&sink.address.port().to_string(), &mails.to_string(), &CONNECTIONS.to_string()])
        .arg(&kept)
        .output()
        .map_err(|error| format!("node: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let json: serde_json::Value = serde_json::from_str(said.trim())
        .map_err(|_| format!("nodemailer: {said}{}", String::from_utf8_lossy(&output.stderr)))?;
    let (came, _) = sink.counts();
    if came != mails {
        return Err(format!("{came} of nodemailer's {mails} mails came"));
    }
    let number = |name: &str| json[name].as_f64().ok_or_else(|| format!("nodemailer says {json}"));
    Ok(Peer { rate: mails as f64 / number("seconds")?, memory: number("megabytes")? })
}
