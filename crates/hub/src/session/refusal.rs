//! Why a session refuses what a client wants.

use gema_protocol::{
    codes::{ErrorCode, INVALID_MESSAGE},
    names::{ChannelName, InvalidChannelName, MAX_EVENT_NAME},
    signature,
};

use super::user::InvalidUser;
use crate::{SessionLimit, SubscribeRefused, counts::Note};

/// Why a subscription is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubscribeError {
    #[error("{0}")]
    Name(#[from] InvalidChannelName),
    #[error("Existing subscription to channel {0}")]
    Existing(ChannelName),
    #[error("{0}")]
    Signature(#[from] signature::InvalidSignature),
    #[error("The connection is not signed in as the user of this channel")]
    NotTheUser,
    #[error("A presence channel needs channel_data with a user_id, or a signed-in user")]
    NoMember,
    #[error("Invalid channel_data: {0}")]
    Member(InvalidUser),
    #[error(
        "channel_data has at most {limit} bytes, this one has {size} (GEMA_APP_MAX_PRESENCE_MEMBER_SIZE)"
    )]
    MemberTooLarge { size: usize, limit: usize },
    #[error("A connection has at most {limit} subscriptions (GEMA_APP_MAX_CHANNELS_PER_CONNECTION)")]
    TooManyChannels { limit: usize },
    #[error("{0}")]
    Refused(SubscribeRefused),
}

impl SubscribeError {
    /// What is to be counted of it, if anything.
    pub(super) fn note(&self) -> Option<Note> {
        Some(match self {
            Self::Name(_) | Self::Existing(_) => return None,
            Self::Signature(_) | Self::NotTheUser | Self::NoMember | Self::Member(_) => Note::ChannelRefused,
            Self::MemberTooLarge { .. } => Note::Limit(SessionLimit::PresenceMemberSize),
            Self::TooManyChannels { .. } => Note::Limit(SessionLimit::ChannelsPerConnection),
            Self::Refused(SubscribeRefused::TooManyMembers { .. }) => {
                Note::Limit(SessionLimit::PresenceMembers)
            }
        })
    }

    /// The code of the error message, the kind and the HTTP status of the subscription error.
    pub(super) fn view(&self) -> (u16, &'static str, u16) {
        match self {
            Self::Name(_) | Self::Existing(_) => (INVALID_MESSAGE, "InvalidChannel", 400),
            Self::Signature(_) | Self::NotTheUser | Self::NoMember | Self::Member(_) => {
                (ErrorCode::Unauthorized.number(), "AuthError", 401)
            }
            Self::MemberTooLarge { .. } | Self::TooManyChannels { .. } | Self::Refused(_) => {
                (ErrorCode::OverQuota.number(), "LimitReached", 413)
            }
        }
    }
}

/// Why a client event is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientEventError {
    #[error("The app does not have client messaging enabled.")]
    Disabled,
    #[error("{0}")]
    Channel(InvalidChannelName),
    #[error("Client events are refused on this channel: they are for private and presence channels")]
    Kind,
    #[error(
        "The client is not a member of the specified channel. (connection not subscribed to channel {0})"
    )]
    NotSubscribed(ChannelName),
    #[error(
        "The data of a client event has at most {limit} bytes, this one has {size} (GEMA_APP_MAX_EVENT_SIZE)"
    )]
    TooLarge { size: usize, limit: usize },
    #[error("The name of an event has at most {MAX_EVENT_NAME} characters, this one has {0}")]
    NameTooLong(usize),
}

impl ClientEventError {
    pub(super) fn code(&self) -> u16 {
        match self {
            Self::NotSubscribed(_) => ErrorCode::Unauthorized.number(),
            Self::Channel(_) => INVALID_MESSAGE,
            Self::Disabled | Self::Kind | Self::TooLarge { .. } | Self::NameTooLong(_) => {
                ErrorCode::ClientEventRejected.number()
            }
        }
    }
}
