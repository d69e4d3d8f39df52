//! What a client says of itself in the `authorization` header.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Drivers pad base64 or do not: the Go driver leaves the padding out, the Java driver keeps it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The credentials of a request. Never printed: `Debug` hides what is secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// No header, or one that is neither of the others.
    None,
    /// A user and a password.
    Basic {
        /// Up to the first colon.
        user: String,
        /// The rest, colons included.
        password: String,
    },
    /// A token that a handshake gave, or that the user was given otherwise.
    Bearer(String),
}

impl Credentials {
    /// Reads the value of an `authorization` header. The scheme is taken in any case.
    pub fn parse(header: Option<&str>) -> Self {
        let Some((scheme, rest)) = header.and_then(|header| header.trim().split_once(' ')) else {
            return Self::None;
        };
        let rest = rest.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" if !rest.is_empty() => Self::Bearer(rest.to_owned()),
            "basic" => basic(rest).unwrap_or(Self::None),
            _ => Self::None,
        }
    }

    /// The token, if that is what was sent.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::Bearer(token) => Some(token),
            Self::Basic { .. } | Self::None => None,
        }
    }
}

fn basic(encoded: &str) -> Option<Credentials> {
    let text = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some(Credentials::Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Basic { user, .. } => write!(f, "Basic({user})"),
            Self::Bearer(_) => f.write_str("Bearer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(user: &str, password: &str) -> Credentials {
        Credentials::Basic {
            user: user.into(),
            password: password.into(),
        }
    }

    #[test]
    fn what_drivers_send() {
        let cases = [
            ("Basic dTpw", user("u", "p")),
            ("basic dXNlcjphOmI=", user("user", "a:b")),
            ("BASIC dXNlcjphOmI", user("user", "a:b")),
            ("Bearer abc", Credentials::Bearer("abc".into())),
            ("bearer  abc ", Credentials::Bearer("abc".into())),
            ("Bearer ", Credentials::None),
            ("Basic %%%", Credentials::None),
            ("Basic dQ==", Credentials::None),
            ("Negotiate abc", Credentials::None),
            ("", Credentials::None),
        ];
        for (header, expected) in cases {
            assert_eq!(Credentials::parse(Some(header)), expected, "{header}");
        }
        assert_eq!(Credentials::parse(None), Credentials::None);
        assert_eq!(
            format!("{:?} {:?}", user("u", "p"), Credentials::Bearer("t".into())),
            "Basic(u) Bearer"
        );
    }
}
