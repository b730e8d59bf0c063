//! What a code stands for.

use model::Guild;
use model::invite::Invite;
use runtime::prelude::*;
use store::invites;

/// Where a code leads.
#[derive(Debug)]
pub(crate) enum Target {
    /// A stored invite, to a guild or to a group conversation.
    Invite {
        /// The invite.
        invite: Box<Invite>,
        /// The guild; `None` for a group conversation.
        guild: Option<Box<Guild>>,
    },
    /// A guild's vanity code: an invite that nobody made and that never ends.
    Vanity {
        /// What such an invite would be.
        invite: Box<Invite>,
        /// The guild.
        guild: Box<Guild>,
    },
}

impl Target {
    /// Looks a code up.
    ///
    /// # Errors
    /// [`Code::UnknownInvite`] when there is none or it has expired.
    pub(crate) async fn find(cx: &Cx, code: &str) -> Result<Self> {
        let (invite, guild, vanity, landing) = cx
            .read((
                // Its uses change with all who follow it, and are guarded by who counts them.
                invites::by_code(code, cx.now()).volatile().optional(),
                invites::guild_of(code).optional(),
                invites::guild_of_vanity(code).optional(),
                invites::landing_of_vanity(code).optional(),
            ))
            .await?;
        if let Some(invite) = invite {
            return Ok(Self::Invite {
                invite: Box::new(invite),
                guild: guild.map(Box::new),
            });
        }
        let guild = vanity.ok_or(Code::UnknownInvite)?;
        let channel = landing.ok_or(Code::UnknownInvite)?;
        let invite = Invite {
            code: guild.vanity_url_code.clone().unwrap_or_default(),
            guild_id: Some(guild.id),
            channel,
            inviter: None,
            uses: 0,
            max_uses: 0,
            max_age: 0,
            temporary: false,
            created_at: guild.id.created_at(),
            expires_at: None,
            target_type: None,
            target_user_id: None,
            target_application_id: None,
            flags: 0,
        };
        Ok(Self::Vanity {
            invite: Box::new(invite),
            guild: Box::new(guild),
        })
    }

    /// The invite.
    pub(crate) fn invite(&self) -> &Invite {
        match self {
            Self::Invite { invite, .. } | Self::Vanity { invite, .. } => invite,
        }
    }

    /// The guild; `None` for a group conversation.
    pub(crate) fn guild(&self) -> Option<&Guild> {
        match self {
            Self::Invite { guild, .. } => guild.as_deref(),
            Self::Vanity { guild, .. } => Some(guild),
        }
    }
}
