//! The headers of a request, of whatever protocol it came with.

/// Names and values of headers, as they were sent. A name may come several times; names are compared without case.
#[derive(Debug, Clone, Default)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// The first value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of that name, in their order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(sent, _)| sent.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(headers: I) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(headers.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_may_come_again() {
        let headers: Headers = [("Cookie", "a=1"), ("x-request-id", "7"), ("cookie", "b=2")]
            .into_iter()
            .collect();
        assert_eq!(headers.get("X-Request-Id"), Some("7"));
        assert_eq!(headers.all("cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(headers.get("authorization"), None);
    }
}
