//! Types whose values are a few fixed words.

/// A word that is none of those that a type knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is no {noun}; use one of: {allowed}")]
pub struct InvalidWord {
    /// The word.
    pub word: String,
    /// What it should have been.
    pub noun: &'static str,
    /// The words that there are, separated by commas.
    pub allowed: String,
}

/// An enum whose variants are written as fixed words, the same in JSON, in the database and in paths.
macro_rules! words {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident ($noun:literal) {
            $($(#[$doc:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All there are.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        // The derive macro does not see words that come out of a macro.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some(Self::ALL.iter().map(|word| word.as_str())))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::InvalidWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().find(|known| known.as_str() == word).copied().ok_or_else(|| {
                    $crate::domain::InvalidWord {
                        word: word.to_owned(),
                        noun: $noun,
                        allowed: Self::ALL.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", "),
                    }
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::domain::InvalidWord;

            fn try_from(word: String) -> Result<Self, Self::Error> {
                word.parse()
            }
        }
    };
}

pub(super) use words;
