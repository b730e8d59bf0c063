//! The end of a schedule, and what must be so then.

use std::collections::BTreeSet;

use model::gateway::Intents;

use super::naive;
use super::run::Run;
use super::schedule::Mode;

impl Run {
    /// Everything that is under way arrives, and everyone resumes.
    pub fn settle(&mut self) {
        self.world.flush(usize::MAX);
        self.finish_calls();
        for i in 0..self.clients.len() {
            if !self.clients[i].over {
                self.resume_client(i);
            }
        }
        self.finish_calls();
        self.world.pass(1);
        self.finish_calls();
        self.absorb();
    }

    fn finish_calls(&mut self) {
        self.world.carry_all();
        while !self.answers.is_empty() || !self.world.calls.is_empty() {
            for answer in std::mem::take(&mut self.answers) {
                self.world.input(answer);
            }
            self.world.answer_all();
            self.world.carry_all();
        }
    }

    pub fn verify(&mut self) {
        assert_eq!(self.world.malformed, [""; 0]);
        self.verify_lists();
        let exact = self.mode == Mode::Prompt && !self.lossy;
        for (i, client) in self.clients.iter().enumerate().filter(|(_, c)| !c.over) {
            let messages = client.messages();
            for said in &self.said {
                let found = messages.get(&*said.id);
                let times = found.map_or(0, |(times, _)| *times);
                assert!(times <= 1, "{said:?} came {times} times to {i}");
                if exact && said.must.contains(&i) {
                    assert_eq!(times, 1, "{said:?} did not come to {i}");
                }
                if exact && !said.must.contains(&i) && !said.may.contains(&i) {
                    assert_eq!(times, 0, "{said:?} came to {i}");
                }
                let reads = self.intents(client.user).is_none_or(|intents| {
                    intents.contains(Intents::MESSAGE_CONTENT)
                        || [said.author, said.mentioned].contains(&client.user)
                });
                if let Some((_, content)) = found {
                    assert_eq!(*content, if reads { &said.content } else { "" });
                }
            }
            let known = client.known();
            let stored = &self.world.guilds[&self.guild];
            let visible: Vec<String> = naive::visible(stored, client.user)
                .iter()
                .map(ToString::to_string)
                .collect();
            let member = stored.members.contains_key(&client.user);
            let expected: BTreeSet<&str> = visible.iter().map(String::as_str).collect();
            let expected = member.then_some(&expected);
            assert_eq!(known.get(&self.guild), expected, "client {i}");
            self.verify_threads(i, client);
        }
    }

    /// Everyone received what their twin received.
    pub fn compare(&self, twin: &Self) {
        for (i, (client, other)) in self.clients.iter().zip(&twin.clients).enumerate() {
            if !client.over {
                let (story, expected) = (client.story(), other.story());
                for (n, pair) in story.iter().zip(&expected).enumerate() {
                    assert_eq!(pair.0, pair.1, "event {n} of client {i}");
                }
                assert_eq!(story.len(), expected.len(), "client {i}");
            }
        }
    }
}
