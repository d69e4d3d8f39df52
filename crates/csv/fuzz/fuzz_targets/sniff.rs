//! Inference has one answer to any sample, and the whole text can be surveyed with it.
#![no_main]

use std::collections::BTreeSet;

use flightstream_csv::{Sample, Transcoder, infer};
use flightstream_csv_fuzz::{Input, survey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: Input<'_>| {
    let Input { choices, text: bytes } = input;
    let part = |share: u8| bytes.len() * usize::from(share) / 256;
    let complete = choices.complete.is_multiple_of(2);
    let head = if complete {
        bytes
    } else {
        &bytes[..bytes.len() - part(choices.left_out)]
    };
    let blocks = if choices.block == 0 {
        Vec::new()
    } else {
        vec![&bytes[part(choices.block)..]]
    };
    let sample = Sample { head, blocks, complete };
    let overrides = choices.overrides();
    let profile = infer(&sample, &overrides);
    assert_eq!(profile, infer(&sample, &overrides));

    let mut text = Vec::new();
    Transcoder::new(profile.encoding).push(bytes, true, &mut text);
    let surveyed = survey(&profile, &[&text]);
    let names: BTreeSet<_> = surveyed.profile.columns.iter().map(|column| &column.name).collect();
    assert_eq!(names.len(), surveyed.profile.columns.len());
    if complete && sample.blocks.is_empty() {
        assert_eq!(surveyed.profile, profile);
    }
});
