//! Tests of when messages may be sent: their order, slow mode, and clocks that are set.

use super::*;

#[test]
fn slow_mode_tells_how_long_to_wait() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    let rows = app.read(Store::Main, store::channels::by_id(channel));
    let mut slow = rows[0].clone();
    slow.guild.as_mut().expect("a guild's").rate_limit_per_user = 10;
    let mut batch = Batch::main();
    store::channels::update(&mut batch, &rows[0], &slow);
    app.write(batch);
    let one = say(&bob, channel, "one");
    app.advance(4_000);
    let one = one["id"].as_str().expect("an id");
    let path = format!("/channels/{channel}/messages/{one}");
    bob.delete(&crate::message::FUNCTION, &path).no_content();
    let refused = send(&bob, channel, json!({ "content": "two" }));
    refused.is(Code::SlowmodeRateLimited);
    let body: Value = serde_json::from_slice(&refused.body).expect("JSON");
    assert_eq!(body["retry_after"], 6.0);
    app.advance(6_001);
    say(&bob, channel, "two");
    bob.grant(guild, 1, MANAGE_MESSAGES | MANAGE_CHANNELS);
    send(&bob, channel, json!({ "content": "three" })).is(Code::SlowmodeRateLimited);
    bob.grant(guild, 1, BYPASS_SLOWMODE);
    say(&bob, channel, "three");
    say(&alice, channel, "the owner is exempt");
    say(&alice, channel, "always");
}

#[test]
fn order_in_a_channel_is_the_order_of_commits() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    // A message of the future, as of a clock that was set back since.
    let mut batch = Batch::messages(channel);
    let future = Id::generate(app.now().plus_millis(1), 0);
    let row = messages::Stored::new(future, channel, alice.id, "later".to_owned());
    messages::insert(&mut batch, &row, &[], Code::BadRequest);
    app.write(batch);
    say(&alice, channel, "now");
    app.advance(2);
    say(&alice, channel, "then");
    assert_eq!(list(&alice, channel, ""), ["then", "now", "later"]);
}

const TEN_YEARS_MS: i64 = 10 * 365 * 24 * 3_600_000;

#[test]
fn a_clock_that_is_set_refuses_no_message() {
    let app = App::new();
    let alice = app.register("alice");
    let (_, channel) = alice.create_guild();
    let mut said = vec![say(&alice, channel, "0")];
    let steps = [
        -30_000,
        TEN_YEARS_MS,
        -TEN_YEARS_MS,
        0,
        1_000,
        -2 * TEN_YEARS_MS,
    ];
    for (step, number) in steps.into_iter().zip(1..) {
        app.advance(step);
        said.push(say(&alice, channel, &number.to_string()));
    }
    let ids = said
        .iter()
        .map(|message| message["id"].as_str().unwrap().parse::<u64>().unwrap());
    assert!(ids.is_sorted());
    assert_eq!(
        list(&alice, channel, ""),
        ["6", "5", "4", "3", "2", "1", "0"]
    );
}

#[test]
fn slow_mode_ends_in_time_when_the_clock_is_set_back() {
    let app = App::new();
    let alice = app.register("alice");
    let (guild, channel) = alice.create_guild();
    let bob = app.register("bob");
    bob.join(guild);
    slow(&app, channel);
    app.advance(TEN_YEARS_MS);
    say(&bob, channel, "then");
    app.advance(-TEN_YEARS_MS);
    say(&bob, channel, "now");
    send(&bob, channel, json!({ "content": "again" })).is(Code::SlowmodeRateLimited);
    app.advance(10_001);
    say(&bob, channel, "again");
}
