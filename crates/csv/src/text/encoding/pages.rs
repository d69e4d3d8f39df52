//! Code pages of DOS and of the Macintosh that no web browser knows: a table of 128 characters each.

use std::sync::LazyLock;

/// The characters of the bytes from 0x80 on.
pub(super) type Upper = [char; 128];

/// A code page by its place in the table of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CodePage(u8);

impl CodePage {
    /// The code page with this name, or one that people use for it, in lower case and without punctuation.
    pub(super) fn named(name: &str) -> Option<CodePage> {
        let number = ["ibm", "cp", "dos", "oem"]
            .into_iter()
            .find_map(|prefix| name.strip_prefix(prefix));
        let name = match (name, number.unwrap_or(name)) {
            ("cp866u", _) => "ibm1125".to_owned(),
            ("maclatin2" | "macce" | "xmacce" | "maccentraleurope" | "xmaccentraleurroman", _) => {
                "maccentraleuropean".to_owned()
            }
            ("xmacgreek", _) => "macgreek".to_owned(),
            ("xmacturkish", _) => "macturkish".to_owned(),
            ("maciceland" | "xmacicelandic", _) => "macicelandic".to_owned(),
            ("xmaccroatian", _) => "maccroatian".to_owned(),
            ("macromania" | "xmacromanian", _) => "macromanian".to_owned(),
            (_, number) if number.bytes().all(|b| b.is_ascii_digit()) => {
                format!("ibm{}", number.trim_start_matches('0'))
            }
            (name, _) => name.to_owned(),
        };
        Self::all().find(|page| page.name().to_ascii_lowercase().replace(' ', "") == name)
    }

    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = CodePage> {
        (0..PAGES.len() as u8).map(CodePage)
    }

    pub(super) fn name(self) -> &'static str {
        PAGES[usize::from(self.0)].0
    }

    /// Its characters; U+FFFD stands where it has none.
    pub(super) fn upper(self) -> &'static Upper {
        static ALL: LazyLock<Vec<Upper>> = LazyLock::new(|| PAGES.iter().map(|(_, chars)| upper(chars)).collect());
        &ALL[usize::from(self.0)]
    }
}

fn upper(chars: &str) -> Upper {
    let mut upper = [char::REPLACEMENT_CHARACTER; 128];
    upper
        .iter_mut()
        .zip(chars.chars())
        .for_each(|(place, char)| *place = char);
    upper
}

/// Names and characters.
#[rustfmt::skip]
const PAGES: &[(&str, &str)] = &[
    // The first PC; America.
    ("IBM437",
     "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"),
    // Arabic.
    ("IBM720",
     "\u{FFFD}\u{FFFD}éâ\u{FFFD}à\u{FFFD}çêëèïî\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{651}\u{652}ô¤ـûùءآأؤ£إئابةتثجحخدذرزسشص«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ضطظعغفµقكلمنهوىي≡\u{64B}\u{64C}\u{64D}\u{64E}\u{64F}\u{650}≈°∙·√ⁿ²■\u{A0}"),
    // Greek.
    ("IBM737",
     "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u{A0}"),
    // Baltic.
    ("IBM775",
     "ĆüéāäģåćłēŖŗīŹÄÅÉæÆōöĢ¢ŚśÖÜø£Ø×¤ĀĪóŻżź”¦©®¬½¼Ł«»░▒▓│┤ĄČĘĖ╣║╗╝ĮŠ┐\
     └┴┬├─┼ŲŪ╚╔╩╦╠═╬Žąčęėįšųūž┘┌█▄▌▐▀ÓßŌŃõÕµńĶķĻļņĒŅ’\u{AD}±“¾¶§÷„°∙·¹³²■\u{A0}"),
    // Western Europe.
    ("IBM850",
     "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
     └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}"),
    // Central Europe.
    ("IBM852",
     "ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
     └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{AD}˝˛ˇ˘§÷¸°¨˙űŘř■\u{A0}"),
    // Cyrillic, Serbia and Bulgaria.
    ("IBM855",
     "ђЂѓЃёЁєЄѕЅіІїЇјЈљЉњЊћЋќЌўЎџЏюЮъЪаАбБцЦдДеЕфФгГ«»░▒▓│┤хХиИ╣║╗╝йЙ┐\
     └┴┬├─┼кК╚╔╩╦╠═╬¤лЛмМнНоОп┘┌█▄Пя▀ЯрРсСтТуУжЖвВьЬ№\u{AD}ыЫзЗшШэЭщЩчЧ§■\u{A0}"),
    // Turkish.
    ("IBM857",
     "ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞşáíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
     └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ\u{FFFD}ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµ\u{FFFD}×ÚÛÙìÿ¯´\u{AD}±\u{FFFD}¾¶§÷¸°¨·¹³²■\u{A0}"),
    // IBM850 with the euro.
    ("IBM858",
     "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
     └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{AD}±‗¾¶§÷¸°¨·¹³²■\u{A0}"),
    // Portuguese.
    ("IBM860",
     "ÇüéâãàÁçêÊèÍÔìÃÂÉÀÈôõòÚùÌÕÜ¢£Ù₧ÓáíóúñÑªº¿Ò¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"),
    // Icelandic.
    ("IBM861",
     "ÇüéâäàåçêëèÐðÞÄÅÉæÆôöþûÝýÖÜø£Ø₧ƒáíóúÁÍÓÚ¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"),
    // Hebrew.
    ("IBM862",
     "אבגדהוזחטיךכלםמןנסעףפץצקרשת¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"),
    // Canadian French.
    ("IBM863",
     "ÇüéâÂà¶çêëèïî‗À§ÉÈÊôËÏûù¤ÔÜ¢£ÙÛƒ¦´óú¨¸³¯Î⌐¬½¼¾«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"),
    // Danish and Norwegian.
    ("IBM865",
     "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒáíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{A0}"),
    // Greek.
    ("IBM869",
     "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}Ά\u{FFFD}·¬¦‘’Έ―ΉΊΪΌ\u{FFFD}\u{FFFD}ΎΫ©Ώ²³ά£έήίϊΐόύΑΒΓΔΕΖΗ½ΘΙ«»░▒▓│┤ΚΛΜΝ╣║╗╝ΞΟ┐\
     └┴┬├─┼ΠΡ╚╔╩╦╠═╬ΣΤΥΦΧΨΩαβγ┘┌█▄δε▀ζηθικλμνξοπρσςτ΄\u{AD}±υφχ§ψ΅°¨ωϋΰώ■\u{A0}"),
    // Arabic, in the shapes that letters have in words.
    ("IBM864",
     "°·∙√▒─│┼┤┬├┴┐┌└┘\
     β∞φ±½¼≈«»\u{FEF7}\u{FEF8}\u{FFFD}\u{FFFD}\u{FEFB}\u{FEFC}\u{FFFD}\
     \u{A0}\u{AD}\u{FE82}£¤\u{FE84}\u{FFFD}\u{FFFD}\u{FE8E}\u{FE8F}\u{FE95}\u{FE99}،\u{FE9D}\u{FEA1}\u{FEA5}\
     ٠١٢٣٤٥٦٧٨٩\u{FED1}؛\u{FEB1}\u{FEB5}\u{FEB9}؟\
     ¢\u{FE80}\u{FE81}\u{FE83}\u{FE85}\u{FECA}\u{FE8B}\u{FE8D}\u{FE91}\u{FE93}\u{FE97}\u{FE9B}\u{FE9F}\u{FEA3}\u{FEA7}\u{FEA9}\
     \u{FEAB}\u{FEAD}\u{FEAF}\u{FEB3}\u{FEB7}\u{FEBB}\u{FEBF}\u{FEC1}\u{FEC5}\u{FECB}\u{FECF}¦¬÷×\u{FEC9}\
     ـ\u{FED3}\u{FED7}\u{FEDB}\u{FEDF}\u{FEE3}\u{FEE7}\u{FEEB}\u{FEED}\u{FEEF}\u{FEF3}\u{FEBD}\u{FECC}\u{FECE}\u{FECD}\u{FEE1}\
     \u{FE7D}\u{651}\u{FEE5}\u{FEE9}\u{FEEC}\u{FEF0}\u{FEF2}\u{FED0}\u{FED5}\u{FEF5}\u{FEF6}\u{FEDD}\u{FED9}\u{FEF1}■\u{FFFD}"),
    // Vietnamese, without the six capitals in the place of control characters.
    ("VISCII",
     "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ\
     ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"),
    // Ukrainian.
    ("IBM1125",
     "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
     └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀рстуфхцчшщъыьэюяЁёҐґЄєІіЇї·√№¤■\u{A0}"),
    // Central Europe.
    ("Mac Central European",
     "ÄĀāÉĄÖÜáąČäčĆćéŹźĎíďĒēĖóėôöõúĚěü†°Ę£§•¶ß®©™ę¨≠ģĮįĪ≤≥īĶ∂∑łĻļĽľĹĺŅ\
     ņŃ¬√ńŇ∆«»…\u{A0}ňŐÕőŌ–—“”‘’÷◊ōŔŕŘ‹›řŖŗŠ‚„šŚśÁŤťÍŽžŪÓÔūŮÚůŰűŲųÝýķŻŁżĢˇ"),
    // Greek.
    ("Mac Greek",
     "Ä¹²É³ÖÜ΅àâä΄¨çéèêë£™îï•½‰ôö¦€ùûü†ΓΔΘΛΞΠß®©ΣΪ§≠°·Α±≤≥¥ΒΕΖΗΙΚΜΦΫΨΩ\
     άΝ¬ΟΡ≈Τ«»…\u{A0}ΥΧΆΈœ–―“”‘’÷ΉΊΌΎέήίόΏύαβψδεφγηιξκλμνοπώρστθωςχυζϊϋΐΰ\u{AD}"),
    // Turkish.
    ("Mac Turkish",
     "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
     ¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ–—“”‘’÷◊ÿŸĞğİıŞş‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙ\u{F8A0}ˆ˜¯˘˙˚¸˝˛ˇ"),
    // Icelandic.
    ("Mac Icelandic",
     "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûüÝ°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
     ¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€ÐðÞþý·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ"),
    // Croatian.
    ("Mac Croatian",
     "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®Š™´¨≠ŽØ∞±≤≥∆µ∂∑∏š∫ªºΩžø\
     ¿¡¬√ƒ≈Ć«Č…\u{A0}ÀÃÕŒœĐ—“”‘’÷◊\u{F8FF}©⁄€‹›Æ»–·‚„‰ÂćÁčÈÍÎÏÌÓÔđÒÚÛÙıˆ˜¯πË˚¸Êæˇ"),
    // Romanian.
    ("Mac Romanian",
     "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ĂȘ∞±≤≥¥µ∂∑∏π∫ªºΩăș\
     ¿¡¬√ƒ≈∆«»…\u{A0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›Țț‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{F8FF}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_full() {
        for page in CodePage::all() {
            let (name, chars) = PAGES[usize::from(page.0)];
            assert_eq!(chars.chars().count(), 128, "{name}");
            let control = page.upper().iter().filter(|char| char.is_control()).count();
            assert_eq!(control, 0, "{name}");
            let holes = page
                .upper()
                .iter()
                .filter(|char| **char == char::REPLACEMENT_CHARACTER)
                .count();
            let expected = match name {
                "IBM720" => 8,
                "IBM857" => 3,
                "IBM864" => 6,
                "IBM869" => 9,
                _ => 0,
            };
            assert_eq!(holes, expected, "{name}");
        }
    }

    #[test]
    fn characters_of_each_page() {
        let cases = [
            ("cp437", 0x9B, '¢'),
            ("cp437", 0x84, 'ä'),
            ("437", 0xE1, 'ß'),
            ("IBM850", 0x9B, 'ø'),
            ("ibm-850", 0xD5, 'ı'),
            ("cp858", 0xD5, '€'),
            ("cp00858", 0xD5, '€'),
            ("cp852", 0x88, 'ł'),
            ("cp865", 0x9D, 'Ø'),
            ("cp720", 0xA0, 'ب'),
            ("cp737", 0x98, 'α'),
            ("cp869", 0xD6, 'α'),
            ("cp775", 0xD8, 'ž'),
            ("cp855", 0xA0, 'а'),
            ("cp857", 0x8D, 'ı'),
            ("cp860", 0x84, 'ã'),
            ("cp861", 0x95, 'þ'),
            ("cp862", 0x80, 'א'),
            ("cp863", 0x8E, 'À'),
            ("cp864", 0xA9, '\u{FE8F}'),
            ("viscii", 0xD0, 'Đ'),
            ("cp1125", 0xF9, 'ї'),
            ("mac_latin2", 0xB8, 'ł'),
            ("mac-greek", 0xE1, 'α'),
            ("x-mac-turkish", 0xDD, 'ı'),
            ("mac_iceland", 0xDF, 'þ'),
            ("mac_croatian", 0xF0, 'đ'),
            ("mac-romanian", 0xBE, 'ă'),
        ];
        for (label, byte, expected) in cases {
            let squeezed: String = label.to_ascii_lowercase().replace(['-', '_'], "");
            let page = CodePage::named(&squeezed).unwrap();
            assert_eq!(page.upper()[usize::from(byte - 0x80u8)], expected, "{label}");
        }
        for label in ["cp1252", "cp", "mac", "", "cp4370"] {
            assert_eq!(CodePage::named(label), None, "{label}");
        }
    }
}
