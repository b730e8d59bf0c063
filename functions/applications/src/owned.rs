//! Applications of the caller.

use model::User;
use model::application::Application;
use runtime::prelude::*;
use store::{applications, users};

use crate::view::{self, PrivateApplication};

/// An application, and the caller, who may edit it.
#[derive(Debug)]
pub(crate) struct Owned {
    /// The application.
    pub(crate) application: Application,
    /// Its owner.
    pub(crate) owner: User,
    /// Its bot.
    pub(crate) bot: Option<User>,
}

impl Owned {
    /// The application that the caller's path names, if they own it or are its bot.
    ///
    /// # Errors
    /// [`Code::UnknownApplication`], [`Code::NotApplicationOwner`].
    pub(crate) async fn find(
        cx: &Cx,
        caller: &Caller,
        id: Id<marker::Application>,
    ) -> Result<Self> {
        let application = cx.read(applications::by_id(id).optional()).await?;
        let application = application.ok_or(Code::UnknownApplication)?;
        if application.owner_id != caller.id() && application.bot_id != Some(caller.id()) {
            return Err(Code::NotApplicationOwner.into());
        }
        Self::complete(cx, application).await
    }

    /// The application of the calling bot.
    ///
    /// # Errors
    /// [`Code::UnknownApplication`] when it is no bot of any.
    pub(crate) async fn of_bot(cx: &Cx, caller: &Caller) -> Result<Self> {
        let application = cx
            .read(applications::by_bot(caller.id()).optional())
            .await?;
        Self::complete(cx, application.ok_or(Code::UnknownApplication)?).await
    }

    async fn complete(cx: &Cx, application: Application) -> Result<Self> {
        let bot = application.bot_id.unwrap_or(Id::new(0));
        let (owner, bot) = cx
            .read((
                users::by_id(application.owner_id).optional(),
                users::by_id(bot).optional(),
            ))
            .await?;
        Ok(Self {
            application,
            owner: owner.ok_or(Code::UnknownUser)?,
            bot,
        })
    }

    /// [`Code::NotApplicationOwner`] unless the caller owns it: a bot may not dispose of itself.
    ///
    /// # Errors
    /// That code.
    pub(crate) fn by_owner(self, caller: &Caller) -> Result<Self> {
        match self.application.owner_id == caller.id() {
            true => Ok(self),
            false => Err(Code::NotApplicationOwner.into()),
        }
    }

    /// The bot.
    ///
    /// # Errors
    /// [`Code::ApplicationHasNoBot`].
    pub(crate) fn bot(&self) -> Result<&User> {
        self.bot.as_ref().ok_or(Code::ApplicationHasNoBot.into())
    }

    /// How its owner sees it.
    pub(crate) async fn view(&self, cx: &Cx) -> Result<Json<PrivateApplication>> {
        let guilds = match &self.bot {
            Some(bot) => {
                cx.read(applications::guild_count(bot.id).optional())
                    .await?
            }
            None => None,
        };
        let bot = self.bot.as_ref();
        let guilds = guilds.unwrap_or(0);
        Ok(Json(view::private(
            &self.application,
            &self.owner,
            bot,
            guilds,
        )))
    }
}
