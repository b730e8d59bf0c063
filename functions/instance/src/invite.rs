//! What a browser sees at an invite's address, until there is a web client.

use model::Guild;
use runtime::extract::Raw;
use runtime::prelude::*;
use store::{guilds, invites};

use crate::page::{Page, Shown, fill};

function! {
    at root "/invite/{code}"
    GET get_invite_page
}

/// Where the invite leads, and how to accept it.
async fn get_invite_page(
    cx: &Cx,
    _: Anyone,
    Path(code): Path<String>,
    Raw(request): Raw,
) -> Result<Shown> {
    let (invite, guild, vanity, landing) = cx
        .read((
            invites::by_code(&code, cx.now()).optional(),
            invites::guild_of(&code).optional(),
            invites::guild_of_vanity(&code).optional(),
            invites::landing_of_vanity(&code).optional(),
        ))
        .await?;
    let page = match (invite, vanity, landing) {
        (Some(invite), _, _) => {
            let group = invite.channel.name.as_deref();
            known(cx, &code, guild.as_ref(), group).await?
        }
        (None, Some(guild), Some(_)) => known(cx, &code, Some(&guild), None).await?,
        (None, _, _) => unknown(cx, &code),
    };
    page.answer(&request.headers)
}

/// The page of an invite to a guild, or else to a group conversation, which may have a name.
async fn known(cx: &Cx, code: &str, guild: Option<&Guild>, group: Option<&str>) -> Result<Page> {
    let config = cx.config();
    let target = match guild {
        Some(guild) => &guild.name,
        None => group.unwrap_or("a group conversation"),
    };
    let members = match guild {
        Some(guild) => cx.read(guilds::member_count(guild.id).optional()).await?,
        None => None,
    };
    let members = match members {
        Some(1) => "1 member".to_owned(),
        Some(count) => format!("{count} members"),
        None => String::new(),
    };
    Ok(Page {
        code: None,
        title: format!("{target} on {}", config.instance.name),
        main: fill(
            include_str!("invite.html"),
            &[
                ("target", target),
                ("members", &members),
                ("name", &config.instance.name),
                ("url", &config.public_url),
                ("code", code),
            ],
        ),
    })
}

fn unknown(cx: &Cx, code: &str) -> Page {
    let name = &cx.config().instance.name;
    Page {
        code: Some(Code::UnknownInvite),
        title: "Unknown invite".to_owned(),
        main: fill(
            include_str!("unknown_invite.html"),
            &[("name", name), ("code", code)],
        ),
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use model::channel::kind;
    use model::invite::{Invite, InviteChannel};
    use runtime::testing::App;
    use store::Store;

    use super::*;

    /// A guild with this name, and an invite to it.
    fn app_with_invite(name: &str) -> App {
        let app = App::new();
        let alice = app.register("alice");
        let (guild, channel) = alice.create_guild();
        let before = app.read(Store::Main, guilds::by_id(guild)).pop().unwrap();
        let mut after = before.clone();
        name.clone_into(&mut after.name);
        let invite = Invite {
            code: "abcd1234".to_owned(),
            guild_id: Some(guild),
            channel: InviteChannel {
                id: channel,
                kind: kind::TEXT,
                name: None,
                icon: None,
            },
            inviter: None,
            uses: 0,
            max_uses: 0,
            max_age: 0,
            temporary: false,
            created_at: app.now(),
            expires_at: Some(app.now().plus_millis(1000)),
            target_type: None,
            target_user_id: None,
            target_application_id: None,
            flags: 0,
        };
        let mut batch = Batch::main();
        guilds::update(&mut batch, &before, &after);
        invites::insert(&mut batch, &invite, Code::InvalidInviteCode);
        app.write(batch);
        app
    }

    #[test]
    fn it_names_the_guild_as_text() {
        let app = app_with_invite("Cats & <img src=x>");
        let page = app.nobody().get(&FUNCTION, "/invite/abcd1234");
        assert_eq!(page.status, 200);
        let html = std::str::from_utf8(&page.body).unwrap();
        for said in ["Cats &amp; &lt;img src=x&gt;", "1 member<", "abcd1234"] {
            assert!(html.contains(said), "{said}: {html}");
        }
        assert!(!html.contains("<img"), "{html}");
    }

    #[test]
    fn an_invite_that_is_over_is_404_as_a_page_and_as_json() {
        let app = app_with_invite("Cats");
        app.advance(2000);
        let page = app.nobody().get(&FUNCTION, "/invite/abcd1234");
        assert_eq!(page.status, 404);
        let html = std::str::from_utf8(&page.body).unwrap();
        assert!(
            html.contains("leads nowhere") && !html.contains("Cats"),
            "{html}"
        );
        let unknown = app.nobody().get(&FUNCTION, "/invite/%3Cb%3E");
        assert!(!unknown.body.windows(3).any(|it| it == b"<b>"));
        let json = [("accept", "application/json")];
        app.nobody()
            .send(&FUNCTION, Method::GET, "/invite/abcd1234", None, &json)
            .is(Code::UnknownInvite);
    }
}
