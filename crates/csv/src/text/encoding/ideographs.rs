//! Readings of a sample in encodings of several bytes a character, those of Chinese, Japanese and Korean.

use super::charset::Charset;
use super::language::is_letter;

type Standard = &'static encoding_rs::Encoding;

/// How such an encoding reads a sample.
pub(super) struct WideReading {
    pub(super) charset: Charset,
    /// How unlikely it is: the logarithms of how rare its characters are.
    pub(super) cost: f32,
}

/// The encodings, and the characters that are most frequent in what they are for, more frequent ones first.
const ALL: [(Standard, &str); 5] = [
    (encoding_rs::SHIFT_JIS, JAPANESE),
    (encoding_rs::EUC_JP, JAPANESE),
    (encoding_rs::GB18030, SIMPLIFIED),
    (encoding_rs::BIG5, TRADITIONAL),
    (encoding_rs::EUC_KR, KOREAN),
];

const JAPANESE: &str = "日一人年大十二本中長出三時行見月分後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川\
    千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不\
    作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計死特私始朝運終台広住真有口少町料工建空急止送切転研足\
    究楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩風紙黒花春赤青館屋色走秋夏習駅洋旅服夕借曜飲肉貸堂\
    鳥飯勉冬昼茶弟牛魚兄犬妹姉漢県市区番号商数量価格所都府佐藤鈴橋渡辺伊村林加郎氏部平和政民対性全実当現関報内定最取合回原保";
const SIMPLIFIED: &str = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所\
    然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公\
    此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信\
    表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反\
    受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权王\
    象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运李刘陈杨赵黄周吴徐孙胡朱林郭罗\
    编号姓城京广州江省县街";
const TRADITIONAL: &str = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所\
    然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公\
    此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信\
    表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反\
    受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權王\
    象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運李劉陳楊趙黃周吳徐孫胡朱林郭羅\
    編號姓城京廣州江省縣街臺灣";
const KOREAN: &str = "이다는가에의을를은하고지어기사로리자도한시아나서대해그인정일수있들것부장보제만여주상원전과적라오면게요스성구공비동소\
    거안내무방었습니까생우진미선중신국조유연계개간화모관분재으며년회음물경르저교때문말데같던려않산박김최강윤임번호상품명울특별광역영민\
    희세실마바차파드트러업위단달당반발배복불학현행형합할함살심양약역용운월육입작직집출통평표필후남녀되됨터란림용금시설식술손송손속";

/// What such a reading costs more than the most usual one of a byte a character.
const RARE: f32 = 4.5;

impl WideReading {
    /// All of them that read `text` without much that stands for nothing.
    pub(super) fn all(text: &[u8]) -> Vec<WideReading> {
        ALL.into_iter()
            .filter_map(|(encoding, frequent)| Self::of(encoding, frequent, text))
            .collect()
    }

    fn of(encoding: Standard, frequent: &str, text: &[u8]) -> Option<WideReading> {
        let (text, _) = encoding.decode_without_bom_handling(text);
        let mut costs = Costs::of(encoding, frequent);
        let (mut malformed, mut beyond, mut cost, mut before) = (0, 0, RARE, ' ');
        for char in text.chars() {
            malformed += usize::from(char == char::REPLACEMENT_CHARACTER);
            if !char.is_ascii() {
                beyond += 1;
                cost += costs.cost(char);
            }
            cost += switch_cost(before, char);
            before = char;
        }
        (malformed * 50 <= beyond).then_some(WideReading {
            charset: Charset::Standard(encoding),
            cost,
        })
    }
}

/// What characters cost, as far as that was asked.
struct Costs {
    encoding: Standard,
    /// Zero where it is not known yet.
    known: Vec<f32>,
}

impl Costs {
    fn of(encoding: Standard, frequent: &str) -> Self {
        let mut known = vec![0.0; 1 << 16];
        for (char, rank) in frequent.chars().zip(0u16..) {
            known[char as usize] = 5.0 + (1.0 + f32::from(rank) / 40.0).ln();
        }
        Costs { encoding, known }
    }

    fn cost(&mut self, char: char) -> f32 {
        let Some(cost) = self.known.get_mut(char as usize) else {
            return character_cost(self.encoding, char);
        };
        if *cost == 0.0 {
            *cost = character_cost(self.encoding, char);
        }
        *cost
    }
}

/// What it costs that two characters stand beside each other.
fn switch_cost(before: char, after: char) -> f32 {
    let is_latin = |char: char| char.is_ascii_alphabetic();
    let is_kana = |char: char| matches!(char, '\u{FF61}'..='\u{FF9F}');
    match (before, after) {
        _ if before.is_ascii() && after.is_ascii() => 0.0,
        _ if is_kana(before) != is_kana(after) => 2.0 + if is_latin(before) || is_latin(after) { 4.0 } else { 0.0 },
        _ if (is_latin(before) && is_letter(after)) || (is_letter(before) && is_latin(after)) => 3.0,
        _ => 0.0,
    }
}

/// How rare a character is in text of that encoding that is not one of the most frequent: the logarithm.
fn character_cost(encoding: Standard, char: char) -> f32 {
    let japanese = encoding == encoding_rs::SHIFT_JIS || encoding == encoding_rs::EUC_JP;
    match char {
        char::REPLACEMENT_CHARACTER => 14.0,
        '\u{3041}'..='\u{309F}' if japanese => 4.3,
        '\u{30A0}'..='\u{30FF}' if japanese => 5.2,
        '\u{3041}'..='\u{30FF}' => 11.0,
        '\u{3000}'..='\u{300F}' | '\u{FF08}' | '\u{FF09}' | '\u{FF0C}' | '\u{FF1A}' | '\u{FF01}' | '\u{FF1F}' => 5.5,
        '\u{FF10}'..='\u{FF5E}' => 7.0,
        '\u{FF61}'..='\u{FF9F}' => 6.5,
        '\u{E000}'..='\u{F8FF}' => 16.0,
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => ideograph_cost(encoding, char),
        _ => 11.0,
    }
}

/// By the level of the standard that an ideograph or a syllable is in, which its bytes tell.
fn ideograph_cost(encoding: Standard, char: char) -> f32 {
    const USUAL: f32 = 9.0;
    const UNUSUAL: f32 = 12.0;
    let mut text = [0; 4];
    let (bytes, _, _) = encoding.encode(char.encode_utf8(&mut text));
    let [lead, trail] = bytes[..] else { return UNUSUAL + 1.0 };
    let usual = match encoding {
        _ if encoding == encoding_rs::SHIFT_JIS => matches!(lead, 0x88..=0x97),
        _ if encoding == encoding_rs::EUC_JP => matches!(lead, 0xB0..=0xCF),
        _ if encoding == encoding_rs::BIG5 => matches!(lead, 0xA4..=0xC6),
        _ if encoding == encoding_rs::EUC_KR => matches!(lead, 0xB0..=0xC8) && trail > 0xA0,
        _ => matches!(lead, 0xB0..=0xD7) && trail > 0xA0,
    };
    if usual { USUAL } else { UNUSUAL }
}
