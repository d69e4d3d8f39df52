//! In which encoding files are read: those that were read wrongly, and those that must stay as they are.

use flightstream_csv::{Chunk, CsvProfile, Encoding, Overrides, Sample, Survey, Transcoder, infer};

fn inferred(head: &[u8]) -> CsvProfile {
    let sample = Sample {
        head,
        blocks: vec![],
        complete: true,
    };
    infer(&sample, &Overrides::default())
}

fn text(profile: &CsvProfile, file: &[u8]) -> String {
    let mut text = Vec::new();
    Transcoder::new(profile.encoding).push(file, true, &mut text);
    String::from_utf8(text).expect("it is text")
}

/// The bytes of `text`, of which the characters beyond ASCII are these bytes.
fn bytes(text: &str, beyond: &[(char, u8)]) -> Vec<u8> {
    let byte = |char: char| match beyond.iter().find(|(known, _)| *known == char) {
        Some((_, byte)) => *byte,
        None => u8::try_from(char).expect("it is a byte"),
    };
    text.chars().map(byte).collect()
}

fn in_known(label: &str, text: &str) -> Vec<u8> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect("it is a label");
    let (bytes, _, lacking) = encoding.encode(text);
    assert!(!lacking, "{text}");
    bytes.into_owned()
}

#[track_caller]
fn assert_read(file: &[u8], expected: &str) {
    let profile = inferred(file);
    assert_eq!(text(&profile, file), expected, "as {}", profile.encoding);
    assert_eq!(profile.warnings(), Vec::<String>::new());
}

#[test]
fn central_european_cities() {
    let cities = "id,city\n1,Gdańsk\n2,Łódź\n3,Poznań\n4,Świdnica\n5,Częstochowa\n";
    for label in ["windows-1250", "iso-8859-2"] {
        assert_read(&in_known(label, cities), cities);
        let many = format!("id,city\n{}", "1,Gdańsk\n2,Łódź\n3,Poznań\n".repeat(3000));
        assert_read(&in_known(label, &many), &many);
    }
    let dos = [
        ('ń', 0xE4),
        ('Ł', 0x9D),
        ('ó', 0xA2),
        ('ź', 0xAB),
        ('Ś', 0x97),
        ('ę', 0xA9),
    ];
    assert_read(&bytes(cities, &dos), cities);
}

#[test]
fn code_pages_of_dos() {
    let german = "id;name;ort\n1;Müller;Köln\n2;Jäger;Gießen\n3;Schröder;Düsseldorf\n4;Bäcker;Nürnberg\n";
    let page = [('ü', 0x81), ('ö', 0x94), ('ä', 0x84), ('ß', 0xE1)];
    assert_read(&bytes(german, &page), german);

    let danish = "id;navn;by\n1;Søren;Køge\n2;Jørgen;Tromsø\n3;Åse;Ålborg\n4;Bjørn;Næstved\n5;Kåre;Rønne\n";
    let page = [('ø', 0x9B), ('Å', 0x8F), ('å', 0x86), ('æ', 0x91)];
    assert_read(&bytes(danish, &page), danish);

    let french = "id;nom\n1;Hélène\n2;François\n3;Jérôme\n4;crème brûlée\n5;forêt\n";
    let page = [
        ('é', 0x82),
        ('è', 0x8A),
        ('ç', 0x87),
        ('ô', 0x93),
        ('û', 0x96),
        ('ê', 0x88),
    ];
    assert_read(&bytes(french, &page), french);

    let russian = "ид;имя\n1;Анна\n2;Сергей\n3;Мария\n4;Николай\n";
    assert_read(&in_known("ibm866", russian), russian);
}

#[test]
fn bytes_of_shift_jis_between_latin_letters() {
    let dots = "a,account\n1,1001 · Quarry Cash Fund\n2,1002 · Quarry Cash Fund\n3,Coop·Bank\n";
    assert_read(&in_known("windows-1252", dots), dots);
    let many = format!(
        "a,account\n{}",
        "1,1001 · Quarry Cash Fund\n2,1002 · Quarry Cash Fund\n".repeat(300)
    );
    assert_read(&in_known("windows-1252", &many), &many);
    let page = "a,b\n1,J\u{84}ger\n2,M\u{84}rz\n3,B\u{84}cker\n4,K\u{84}se\n";
    assert_read(&bytes(page, &[]), &page.replace('\u{84}', "ä"));
    let quotes = "a,b\n1,„so“\n2,„kurz“ und „gut“\n3,ein „Wort“\n";
    assert_read(&in_known("windows-1252", quotes), quotes);
}

#[test]
fn signs_of_windows() {
    let files = [
        "item,cost\ntea,£2.50\nmilk,£1.20\n",
        "time,PM10 (µg/m³)\n1,2\n2,3½\n",
        "t,v\n1,20 °C\n2,25°C\n3,30°\n",
        "id,text\n1,naïve\n2,café\n3,résumé\n",
        "article,prix\nthé,30 €\nlait,12 €\n",
        "id,text\n1,it’s “so” – don’t…\n2,a — b\n",
        "id,text\n1,12 × 4\n2,± 3\n3,Brand®\n4,© 2024\n5,™\n",
        "id,name\n1,Müller\n",
        "id,name\n1,José Muñoz\n2,São Paulo\n3,Åse\n",
        "what,much\ntea,£2.50\nway,12° 30´\narea,2 km²\nsize,3 ± 0.2\nlength,3½ in\n",
        "id,text\n1,«bonjour»\n2,O´Brien\n3,Brand®\n4,© 2024\n5,¥1200\n6,it’s – €5\n",
        "id,text\n1,STRAßE\n2,ÉCOLE\n3,l’été – “c’est” fini…\n4,3½in and 4 µg\n5,«là»\n",
    ];
    for file in files {
        assert_read(&in_known("windows-1252", file), file);
    }
}

#[test]
fn unicode_stays() {
    let files = [
        "id,имя,名,ö\n1,Анна,山,Łódź\n2,שלום,ชื่อ,£\n",
        "plain,ascii\n1,2\n",
        "id,text\n1,ÃŸ and Ã¼\n",
    ];
    for file in files {
        let profile = inferred(file.as_bytes());
        assert_eq!(
            (profile.encoding, profile.warnings().len()),
            (Encoding::Utf8, 0),
            "{file}"
        );
        let wide: Vec<u8> = file.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(inferred(&wide).encoding, Encoding::Utf16Le, "{file}");
        let marked: Vec<u8> = [
            &[0xFE, 0xFF][..],
            &file.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(),
        ]
        .concat();
        assert_eq!(inferred(&marked).encoding, Encoding::Utf16Be, "{file}");
    }
}

#[test]
fn zero_bytes_are_not_utf16() {
    let files: [&[u8]; 4] = [
        b"hello\n\0world\0",
        b"hello\n\0world",
        b"id,name\n1,ab\0\n2,cd\n3,ef\n",
        b"id,name\n1,\0\0ab\n2,cd\n",
    ];
    for file in files {
        let profile = inferred(file);
        assert_eq!(profile.encoding, Encoding::Utf8, "{file:?}");
        assert_eq!(text(&profile, file).as_bytes(), file);
    }
    let profile = inferred(files[0]);
    assert_eq!(
        profile.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["hello"]
    );
}

#[test]
fn two_readings_that_are_as_likely_are_both_named() {
    // Ž and Ţ stand in for each other in the code pages of Windows and of ISO for a single letter at a word's start.
    let file = b"id,word\n1,\xBEe\n";
    let profile = inferred(file);
    assert_eq!(profile.warnings().len(), 1, "{profile:?}");
    let warning = &profile.warnings()[0];
    assert!(
        warning.contains(" reads as well in ") && warning.contains("--encoding '"),
        "{warning}"
    );
    assert!(warning.contains(&profile.encoding.to_string()), "{warning}");
    let other = warning.rsplit('\'').nth(1).unwrap();
    let other: Encoding = other.parse().unwrap();
    assert_ne!(other, profile.encoding);
}

#[test]
fn a_byte_of_damage_speaks_for_no_encoding() {
    for file in [
        &b"id,text\n1,in\xFFvalid\n"[..],
        b"id,text\n1,\xFF\xFF\n2,x\n",
        b"id,text\n1,caf\xE9\n2,\xFF\n",
    ] {
        assert_eq!(inferred(file).encoding, Encoding::Windows1252, "{file:?}");
    }
}

#[test]
fn control_characters_have_a_warning() {
    let warning = "1 control character from U+0080 to U+009F, the first on line 3: the file may be in another encoding, to \
                   be named with --encoding";
    let asked = Overrides {
        encoding: Some("iso-8859-2".parse().unwrap()),
        ..Overrides::default()
    };
    let file = b"id,name\n1,abc\n2,M\x81ller\n";
    let sample = Sample {
        head: file,
        blocks: vec![],
        complete: true,
    };
    let profile = infer(&sample, &asked);
    assert_eq!(profile.warnings(), [warning]);
    let utf8 = "id,name\n1,abc\n2,M\u{81}ller\n";
    assert_eq!(inferred(utf8.as_bytes()).warnings(), [warning]);
    // The survey of all of a file finds more, and says it in the place of what the sample said.
    let mut survey = Survey::new(&profile);
    survey.observe(&Chunk::whole(format!("{utf8}3,\u{9F}\n").as_bytes()));
    let warnings = survey.finish().profile.warnings();
    assert_eq!(
        warnings,
        [warning.replace("1 control character", "2 control characters")]
    );
}

#[test]
fn lines_behind_the_sample_tell_their_encoding() {
    let cities = "1,Gdańsk\n2,Łódź\n3,Wrocław\n4,Częstochowa\n";
    let cases = [
        ("windows-1250", "Windows-1250", cities),
        ("windows-1251", "Windows-1251", "1,Москва\n2,Казань\n3,Новосибирск\n"),
        ("windows-1252", "Windows-1252", "1,café\n2,naïve\n"),
    ];
    for (label, name, later) in cases {
        let profile = inferred(b"id,name\n1,plain\n2,ascii\n");
        let (first, second) = later.split_at(later.find("2,").unwrap());
        let surveys = [first, second].map(|part| {
            let bytes = in_known(label, part);
            let mut survey = Survey::new(&profile);
            let chunk = Chunk {
                text: &bytes,
                first_line: if part == first { 4 } else { 5 },
                ..Chunk::default()
            };
            survey.observe(&chunk);
            survey
        });
        let [left, right] = &surveys;
        for (mut survey, other) in [(left.clone(), right.clone()), (right.clone(), left.clone())] {
            survey.merge(other);
            let found = survey.finish().profile;
            assert_eq!(found.encoding.to_string(), name);
            let warning = format!("line 4 is not UTF-8 and no other line needs it: read as {name}");
            assert!(found.warnings().contains(&warning), "{:?}", found.warnings());
        }
    }
}

#[test]
fn lines_behind_the_sample_tell_an_encoding_of_several_bytes() {
    let cases = [
        (
            "shift_jis",
            "Shift_JIS",
            "日本語の商品,東京都\n価格と数量,大阪市\n会社の電話番号,京都府\n",
        ),
        (
            "gbk",
            "GB18030",
            "中文的商品,北京市\n价格和数量,上海\n公司的电话号码,广州\n",
        ),
        (
            "euc-kr",
            "EUC-KR",
            "한국어 상품,서울특별시\n가격과 수량,부산광역시\n회사 전화번호,경기도\n",
        ),
        (
            "big5",
            "Big5",
            "中文的商品,臺灣\n價格和數量,廣東\n公司的電話號碼,江蘇\n",
        ),
        (
            "euc-jp",
            "EUC-JP",
            "日本語の商品,東京都\n価格と数量,大阪市\n会社の電話番号,京都府\n",
        ),
    ];
    let ascii = format!("name,place\n{}", "plain,ascii\n".repeat(6000));
    for (label, name, later) in cases {
        let profile = inferred(ascii.as_bytes());
        let later = in_known(label, &later.repeat(5));
        let whole = [ascii.as_bytes(), &later].concat();
        let ends: Vec<usize> = later
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1)
            .collect();
        let survey = |parts: &[&[u8]]| {
            let (mut all, mut first_line, mut offset) = (Vec::new(), 1, 0);
            for &text in parts {
                let mut survey = Survey::new(&profile);
                let starts_file = offset == 0;
                survey.observe(&Chunk {
                    text,
                    first_line,
                    offset,
                    starts_file,
                    ..Chunk::default()
                });
                first_line += flightstream_csv::count_lines(text);
                offset += text.len() as u64;
                all.push(survey);
            }
            let merged = all.into_iter().rev().reduce(|mut all, next| {
                all.merge(next);
                all
            });
            merged.expect("there are parts").finish()
        };
        let found = survey(&[&whole]);
        assert_eq!(
            found.profile.encoding.to_string(),
            name,
            "{:?}",
            found.profile.warnings()
        );
        // Its bytes may look like delimiters, so that the file is looked at again.
        assert!(!found.settled);
        let warning = format!("line 6002 is not UTF-8 and no other line needs it: read as {name}");
        assert!(
            found.profile.warnings().contains(&warning),
            "{:?}",
            found.profile.warnings()
        );
        let at = ascii.len() + ends[4];
        assert_eq!(survey(&[&whole[..at], &whole[at..]]).profile, found.profile);
        // So the sample would be read.
        assert_eq!(inferred(&whole).encoding.to_string(), name);
    }
    // Text that is UTF-8 stays so with a few bytes in it that are not.
    let mut text = format!("{ascii}naïve,café\nhôtel,Zoë\n").into_bytes();
    text.extend(b"\xB1\xB2,x\n");
    let mut survey = Survey::new(&inferred(ascii.as_bytes()));
    survey.observe(&Chunk::whole(&text));
    assert_eq!(survey.finish().profile.encoding, Encoding::Utf8);
}

#[test]
fn a_zero_byte_in_a_short_text_makes_no_utf_16() {
    let encoding = |text: &[u8]| flightstream_csv::detect_encoding(text, &[], true).encoding;
    for text in [
        &b"hello\n\0world\0\n"[..],
        b"\0hello world\n",
        b"id,name\n1,a\0b\n2,c\n",
        b"name\nAnn\0\nBob\n",
        b"a,b,c,d,e\n\0,1,2,3,\0\n",
    ] {
        assert_eq!(encoding(text), Encoding::Utf8, "{text:?}");
    }
    let wide: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(encoding(&wide), Encoding::Utf16Le);
    let ideographs: Vec<u8> = "\u{6587}\u{4EF6},\u{540D}\u{79F0}\n\u{4E2D}\u{56FD},\u{4EBA}\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(encoding(&ideographs), Encoding::Utf16Be);
}
