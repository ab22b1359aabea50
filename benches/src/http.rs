//! As much of HTTP/1.1 as a load generator needs: one connection that is kept, one request after the other. Blocking, since
//! sixteen threads that wait cost less than a client library would add to what is measured.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Longer than the server lets any request take.
const TIMEOUT: Duration = Duration::from_secs(90);

/// What browsers say they can read: compressing is part of the answer's price.
const COMPRESSED: &str = "gzip, deflate, br, zstd";
/// The form of answers that the browser part asks for; without it they are JSON.
const WIRE: &str = "application/vnd.clientele.wire";

/// A server and who talks to it.
#[derive(Clone, Debug)]
pub struct Client {
    pub address: SocketAddr,
    /// The session's cookie; empty before the login.
    pub cookie: String,
}

/// A request as it goes over the wire.
pub type Request = Vec<u8>;

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// Lines of the head, without the status line.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookie: String::new() }
    }

    pub fn connect(&self) -> io::Result<Connection> {
        let stream = TcpStream::connect_timeout(&self.address, TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Connection(BufReader::with_capacity(64 * 1024, stream)))
    }

    /// A call of a server function, as a browser sends it.
    pub fn function(&self, name: &str, json: &str) -> Request {
        self.request("POST", &format!("/fn/{name}"), "application/json", json, true)
    }

    /// A page, as a browser asks for it.
    pub fn page(&self, path: &str) -> Request {
        self.request("GET", path, "", "", true)
    }

    /// A change through the REST API, with the key of a program.
    pub fn api(&self, path: &str, key: &str, idempotency_key: &str, json: &str) -> Request {
        format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: {idempotency_key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{json}",
            self.address,
            json.len()
        )
        .into_bytes()
    }

    /// The answer of a server function, to be read here and so not compressed.
    pub fn call(&self, name: &str, json: &str) -> Result<serde_json::Value, String> {
        let request = self.request("POST", &format!("/fn/{name}"), "application/json", json, false);
        let response = self.send(&request)?;
        serde_json::from_slice(&response.body).map_err(|error| format!("{name} answers no JSON: {error}"))
    }

    /// Logs in with the form, as without scripts, and keeps the cookie.
    pub fn log_in(&mut self, email: &str, password: &str) -> Result<(), String> {
        let form = format!("email={}&password={password}&next=/customers", email.replace('@', "%40"));
        let request = self.request("POST", "/login", "application/x-www-form-urlencoded", &form, false);
        let response = self.connect().and_then(|mut connection| connection.send(&request)).map_err(|e| e.to_string())?;
        let cookie = response.header("set-cookie").and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
        self.cookie = cookie.to_owned();
        if cookie.ends_with('=') || cookie.is_empty() { Err(format!("cannot log in as {email}")) } else { Ok(()) }
    }

    /// One request on a connection of its own.
    pub fn send(&self, request: &Request) -> Result<Response, String> {
        let response = self.connect().and_then(|mut connection| connection.send(request)).map_err(|e| e.to_string())?;
        if response.status == 200 { Ok(response) } else { Err(response.complaint(request)) }
    }

    fn request(&self, method: &str, path: &str, kind: &str, body: &str, compressed: bool) -> Request {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        let mut header = |name: &str, value: &str| {
            if !value.is_empty() {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        };
        header("Cookie", &self.cookie);
        header("Content-Type", kind);
        header("Accept-Encoding", if compressed { COMPRESSED } else { "" });
        header("Accept", if compressed && method == "POST" { WIRE } else { "" });
        header("Content-Length", if method == "POST" { body.len().to_string() } else { String::new() }.as_str());
        (head + "\r\n" + body).into_bytes()
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().filter_map(|line| line.split_once(':')).find_map(|(key, value)| {
            let same = key.eq_ignore_ascii_case(name);
            same.then(|| value.trim())
        })
    }

    /// What is wrong with an answer that is not 200.
    pub fn complaint(&self, request: &Request) -> String {
        let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
        format!("{line} was answered with {}: {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

/// One connection.
pub struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Sends a request and reads the whole answer.
    pub fn send(&mut self, request: &Request) -> io::Result<Response> {
        self.0.get_mut().write_all(request)?;
        let status = self.line()?;
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(|| bad(&status))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            headers.push(line);
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if response.header("transfer-encoding") == Some("chunked") {
            while self.chunk(&mut response.body)? {}
        } else {
            let length = response.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            response.body.resize(length, 0);
            self.0.read_exact(&mut response.body)?;
        }
        Ok(response)
    }

    /// Reads one chunk; false after the last.
    fn chunk(&mut self, body: &mut Vec<u8>) -> io::Result<bool> {
        let line = self.line()?;
        let length = usize::from_str_radix(&line, 16).map_err(|_| bad(&line))?;
        let start = body.len();
        body.resize(start + length, 0);
        self.0.read_exact(&mut body[start..])?;
        self.line()?;
        Ok(length > 0)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        Ok(line)
    }
}

fn bad(line: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {line:?}"))
}
