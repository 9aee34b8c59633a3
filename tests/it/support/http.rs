//! A few lines of HTTP, so that what is tested is not what tests.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

pub fn get(url: &str, path: &str) -> Value {
    call(url, "GET", path, "")
}

pub fn post(url: &str, path: &str, body: &Value) -> Value {
    call(url, "POST", path, &body.to_string())
}

fn call(url: &str, method: &str, path: &str, body: &str) -> Value {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{method} {path}: {answer}");
    serde_json::from_str(body).unwrap()
}
