//! A header with fewer cells than the rows have, which names a part of the columns and so seems to be no record of the table.

use crate::table::draft::{Detector, Draft};

/// Lets the table begin with such a header.
pub(super) struct PartialHeader;

impl Detector for PartialHeader {
    fn look_around(&self, draft: &mut Draft<'_>) {
        let Some(beginning) = draft.header_in_front() else {
            return;
        };
        // A single cell is rather a title.
        if draft.shapes[beginning.first].filled > 1 {
            draft.beginning = beginning;
        }
    }
}
