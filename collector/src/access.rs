//! Who may read. What visitors did is nobody's business but the shop's.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, HOST};

use crate::http::problem::Problem;

/// How reading is guarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadAccess {
    /// By a token, which a reader sends as `Authorization: Bearer TOKEN`.
    Token(String),
    /// By the network: the collector listens only on this machine.
    ///
    /// A page of the outside world could still point its own host name at 127.0.0.1 (DNS rebinding), and a
    /// proxy could carry requests in from outside, so the request must be addressed to this machine by name.
    ThisMachine,
    /// Nobody may: the collector listens to the world and has no token.
    Closed,
}

impl ReadAccess {
    /// How a collector that listens on this machine only, or to the world, guards reading.
    pub fn new(token: Option<String>, is_loopback: bool) -> Self {
        match token {
            Some(token) => Self::Token(token),
            None if is_loopback => Self::ThisMachine,
            None => Self::Closed,
        }
    }

    /// Lets a request pass, or says what it lacks.
    ///
    /// # Errors
    /// It may not read.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Problem> {
        match self {
            Self::Token(token) => {
                let sent = headers
                    .get(AUTHORIZATION)
                    .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
                let is_right = sent.is_some_and(|sent| is_equal(sent, token.as_bytes()));
                if is_right {
                    Ok(())
                } else {
                    Err(Problem::TokenWanted)
                }
            }
            Self::ThisMachine => {
                let host = headers
                    .get(HOST)
                    .map(|host| host.to_str().unwrap_or_default());
                if host.is_none_or(is_this_machine) {
                    Ok(())
                } else {
                    Err(Problem::ReadRefused(
                        "the request came under a name of the outside world; to read through a proxy, start \
                         the collector with --read-token",
                    ))
                }
            }
            Self::Closed => Err(Problem::ReadRefused(
                "reading is closed because the collector listens on a public address; start it with \
                 --read-token to open it",
            )),
        }
    }
}

/// Compares in a time that does not tell how many bytes were right.
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .fold(0, |difference, (a, b)| difference | (a ^ b))
            == 0
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<std::net::IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(access: &ReadAccess, header: axum::http::HeaderName, value: &str) -> bool {
        let headers = HeaderMap::from_iter([(header, value.parse().unwrap())]);
        access.check(&headers).is_ok()
    }

    #[test]
    fn a_token_is_asked_for_wherever_there_is_one() {
        let access = ReadAccess::new(Some("secret".to_owned()), true);
        assert!(access.check(&HeaderMap::new()).is_err());
        assert!(check(&access, AUTHORIZATION, "Bearer secret"));
        for wrong in [
            "Bearer secret2",
            "Bearer secre",
            "Bearer ",
            "secret",
            "Basic secret",
        ] {
            assert!(!check(&access, AUTHORIZATION, wrong), "{wrong}");
        }
    }

    #[test]
    fn without_a_token_only_this_machine_reads_under_its_own_name() {
        let access = ReadAccess::new(None, true);
        assert!(access.check(&HeaderMap::new()).is_ok());
        for host in [
            "127.0.0.1:4000",
            "127.1.2.3",
            "localhost",
            "localhost:80",
            "shop.localhost:1",
            "[::1]:9",
        ] {
            assert!(check(&access, HOST, host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4000",
            "localhost.evil.example",
            "192.168.0.2:80",
            "",
        ] {
            assert!(!check(&access, HOST, host), "{host}");
        }
    }

    #[test]
    fn a_public_collector_without_a_token_says_what_to_set() {
        let problem = ReadAccess::new(None, false)
            .check(&HeaderMap::new())
            .unwrap_err();
        assert!(problem.to_string().contains("--read-token"));
    }
}
