//! Wherever a text is cut, nothing of it is lost, and its parts hold the records of the whole.
#![no_main]

use flightstream_csv::{Ledger, Survey, count_lines};
use flightstream_csv_fuzz::{Input, chunks, placed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: Input<'_>| {
    let Input { choices, text } = input;
    let pieces = chunks(text, &choices);
    assert_eq!(pieces.concat(), text);
    let lines: u64 = pieces.iter().map(|piece| count_lines(piece)).sum();
    assert_eq!(lines, count_lines(text));

    let ledger = |pieces: &[&[u8]]| {
        let mut sum = Ledger::default();
        for chunk in placed(pieces) {
            let mut survey = Survey::new(&choices.profile());
            survey.observe(&chunk);
            sum.add(survey.ledger());
        }
        sum
    };
    assert_eq!(ledger(&pieces), ledger(&[text]));
});
