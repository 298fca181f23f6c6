//! Any bytes as the values of a Secret of each type: nothing panics, and what passes for a
//! registry's credentials is an object to another JSON reader, too, as far as that one reads it.
//!
//!     cargo fuzz run -s none values -- -max_total_time=60

#![no_main]

use bulla_manifest::rules::{self, Value};
use libfuzzer_sys::fuzz_target;
use serde_json::Value as Json;

fuzz_target!(|bytes: &[u8]| {
    let findings = rules::check_values("kubernetes.io/dockercfg", |_| Value::Known(bytes));
    let is_taken = findings.is_empty();
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(_) | Json::Null) => assert!(is_taken),
        Ok(_) => assert!(!is_taken),
        // It wants UTF-8 and fewer levels.
        Err(_) => {}
    }

    let half = bytes.len() / 2;
    let (certificate, key) = bytes.split_at(half);
    let _ = rules::tls_pair(certificate, key);
    let _ = rules::tls_pair(bytes, bytes);
});
