//! Who a message is from.

use model::Id;
use model::id::marker;
use serde::{Deserialize, Serialize};

use super::UserId;

/// Who a message is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// An account: a person, a bot, or whoever caused what the system tells of.
    User(UserId),
    /// An application that answers an interaction, as its bot.
    Application {
        /// The bot.
        bot: UserId,
        /// The application.
        id: Id<marker::Application>,
    },
    /// A webhook.
    Webhook {
        /// The webhook.
        id: Id<marker::Webhook>,
        /// The application that the webhook belongs to.
        application_id: Option<Id<marker::Application>>,
        /// What it shows itself as.
        looks: WebhookLooks,
    },
}

impl From<UserId> for Author {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

/// What a webhook shows itself as in one message, be it its own or what the request said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookLooks {
    /// The name.
    pub name: String,
    /// The picture's hash, or the address of one elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
}
