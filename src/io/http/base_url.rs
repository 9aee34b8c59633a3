//! The base URL: the one host that credentials go to.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// A checked base URL. Every address built from it has its scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL, or says what is wrong with it. Plain `http` is for this machine only, because
    /// the credentials and the tokens would cross the network readable.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut url =
            // not quoted: it may hold a credential
            Url::parse(text.trim()).map_err(|error| {
                format!("the base URL is no address such as https://api.heydollr.app ({error})")
            })?;
        if !url.username().is_empty() || url.password().is_some() {
            // not quoted: it holds a credential
            return Err("the base URL holds a user or password; take them out".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("the base URL `{text}` must end before any `?` or `#`"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(format!(
                    "the base URL `{text}` is plain http to another machine, which would show the \
                     credentials to the network; use https"
                ));
            }
            other => return Err(format!("the base URL's scheme is `{other}`, not https")),
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Whether it leads to this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether it is encrypted.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The host, and the port where it is not the usual one.
    pub fn host(&self) -> &str {
        self.0.authority()
    }

    /// The address of a percent-encoded path and a decoded query below this URL.
    pub fn join(&self, path: &str, query: &[(String, String)]) -> Result<Url, String> {
        if !path.starts_with('/') || path.contains(['?', '#', '\\']) {
            return Err(format!("`{path}` is no path"));
        }
        if path.split('/').any(climbs) {
            return Err(format!("the path `{path}` climbs out of where it belongs"));
        }
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

/// Whether a path segment means "here" or "one up", spelt plainly or percent-encoded.
fn climbs(segment: &str) -> bool {
    [".", "%2e", "..", ".%2e", "%2e.", "%2e%2e"].iter().any(|up| segment.eq_ignore_ascii_case(up))
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn https_anywhere_and_http_at_home() {
        for good in [
            "https://api.heydollr.app",
            "https://api.heydollr.app/",
            "http://127.0.0.1:8787",
            "http://localhost:8787",
            "http://[::1]:8787",
        ] {
            let url = BaseUrl::parse(good).unwrap();
            assert_eq!(url.to_string(), good.trim_end_matches('/'));
        }
        for bad in [
            "http://api.heydollr.app",
            "http://localhost.evil.example",
            "ftp://127.0.0.1",
            "https://me:secret@api.heydollr.app",
            "https://api.heydollr.app/?x=1",
            "api.heydollr.app",
            "",
        ] {
            let error = BaseUrl::parse(bad).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_path_stays_below_the_base() {
        let base = BaseUrl::parse("https://api.heydollr.app/proxy/").unwrap();
        let query = [("phone".to_owned(), "231 77&x".to_owned())];
        assert_eq!(
            base.join("/v1/invoices/INV%2F1", &query).unwrap().as_str(),
            "https://api.heydollr.app/proxy/v1/invoices/INV%2F1?phone=231+77%26x"
        );
        for bad in ["v1", "/v1/../x", "/v1/%2e%2E/x", "/v1?x", "/v1#x", "/v1\\x"] {
            assert!(base.join(bad, &[]).is_err(), "{bad}");
        }
        let twice = base.join("//evil.example/v1", &[]).unwrap();
        assert_eq!(twice.host_str(), Some("api.heydollr.app"));
    }
}
