//! How well the detection does: small tables in many languages, each in the encodings that such tables are found in.

use super::detect::detect;
use super::name::Encoding;
use super::transcoder::Transcoder;

/// The labels of encodings, and texts that are tried in each of them.
type Language = (&'static [&'static str], [&'static str; 2]);

const UNICODE: [&str; 5] = ["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"];

const LANGUAGES: [Language; 19] = [
    (
        &["windows-1252", "iso-8859-15", "macintosh"],
        [
            "Name;Straße;Ort\nMüller;Hauptstraße 5;Köln\nSchäfer;Bäckergasse 12;Nürnberg\nGroß;Am Löwentor 3;Düsseldorf\n",
            "id,produkt,preis\n1,Käse,3.50\n2,Brötchen,0.40\n3,Äpfel,2.10\n4,Öl,5.99\n5,Grüner Tee,4.20\n",
        ],
    ),
    (
        &["windows-1252", "iso-8859-15", "macintosh"],
        [
            "prénom;ville;métier\nÉlodie;Orléans;infirmière\nFrançois;Besançon;maçon\nZoë;Nîmes;élève\nJérôme;Vitré;boulanger\n",
            "article,catégorie,quantité\nThé glacé,boisson fraîche,12\nCrêpe,dîner,4\nPâté,entrée,7\nGâteau,dessert préféré,3\n",
        ],
    ),
    (
        &["windows-1252", "macintosh"],
        [
            "date;comment\n2024-01-05;“l’été” – c’est fini…\n2024-02-11;l’école d’Évry\n2024-03-01;prix : 12 € déjà payé\n",
            "id,title\n1,The “quick” fox – isn’t it…\n2,Jack’s café\n3,Beyoncé’s best hits\n4,naïve résumé\n",
        ],
    ),
    (
        &["windows-1252", "iso-8859-1", "macintosh"],
        [
            "nombre,ciudad,teléfono\nJosé Muñoz,Málaga,952\nMaría Núñez,León,987\nÁngel Ibáñez,Cádiz,956\nBegoña,Logroño,941\n",
            "id;nome;município\n1;João;São Paulo\n2;Conceição;Maranhão\n3;Antônio;Goiânia\n4;Luís;Brasília\n5;Inês;Florianópolis\n",
        ],
    ),
    (
        &["windows-1252", "iso-8859-15", "macintosh"],
        [
            "namn;stad;län\nÅsa Öberg;Malmö;Skåne\nBjörn Sjöström;Göteborg;Västra Götaland\nMåns Åkesson;Luleå;Norrbotten\n",
            "navn,by,kommune\nSøren Kjær,Århus,Århus\nJørgen Bæk,Køge,Køge\nÅse Nygård,Tromsø,Tromsø\nBjørn,Ålesund,Møre\n",
        ],
    ),
    (
        &["windows-1250", "iso-8859-2"],
        [
            "imię;nazwisko;miasto\nŁukasz;Wójcik;Łódź\nMałgorzata;Dąbrowska;Wrocław\nStanisław;Woźniak;Białystok\nGrażyna;Zając;Gdańsk\n",
            "lp,produkt,ilość\n1,śmietana,5\n2,żółty ser,3\n3,chleb pszenżytni,2\n4,pączki,10\n5,sok jabłkowy świeży,4\n6,źródlana woda,6\n",
        ],
    ),
    (
        &["windows-1250", "iso-8859-2"],
        [
            "jméno;příjmení;město\nJiří;Novák;Plzeň\nTomáš;Dvořák;Brno\nKateřina;Černá;České Budějovice\nZdeněk;Šťastný;Ústí nad Labem\n",
            "číslo,zboží,množství\n1,rohlík,20\n2,mléko polotučné,5\n3,sýr,2\n4,čerstvé těstoviny,3\n5,žluté jablko,8\n6,šunka,1\n",
        ],
    ),
    (
        &["windows-1250", "iso-8859-2"],
        [
            "név;város;foglalkozás\nKovács Erzsébet;Győr;tanítónő\nTóth Gábor;Székesfehérvár;mérnök\nSzűcs László;Kőszeg;szőlősgazda\n",
            "cikk,mennyiség,megjegyzés\nkenyér,2,friss\ntejföl,3,zsírszegény\nsütőtök,1,őszi\ngyümölcslé,4,szűrt\nhűtött víz,6,ásványi\n",
        ],
    ),
    (
        &["windows-1251", "koi8-r", "iso-8859-5", "ibm866", "x-mac-cyrillic"],
        [
            "имя;фамилия;город\nИван;Петров;Москва\nАнна;Сидорова;Санкт-Петербург\nДмитрий;Кузнецов;Новосибирск\nОльга;Смирнова;Казань\n",
            "номер,товар,количество\n1,молоко,12\n2,хлеб ржаной,5\n3,сыр российский,3\n4,чай чёрный,7\n5,сахар,10\n6,яблоки зелёные,4\n",
        ],
    ),
    (
        &["windows-1251", "koi8-u"],
        [
            "ім'я;прізвище;місто\nОлексій;Шевченко;Київ\nНаталія;Коваленко;Львів\nЄвген;Бондаренко;Запоріжжя\nЮлія;Ткаченко;Чернігів\n",
            "номер,товар,кількість\n1,молоко,12\n2,хліб житній,5\n3,цукор,3\n4,їжа для котів,7\n5,ґрунт,1\n6,яйця свіжі,4\n",
        ],
    ),
    (
        &["windows-1253", "iso-8859-7"],
        [
            "όνομα;επώνυμο;πόλη\nΓιώργος;Παπαδόπουλος;Αθήνα\nΜαρία;Νικολάου;Θεσσαλονίκη\nΕλένη;Γεωργίου;Πάτρα\nΆννα;Δημητρίου;Ηράκλειο\n",
            "αριθμός,προϊόν,ποσότητα\n1,ψωμί,5\n2,γάλα φρέσκο,3\n3,τυρί φέτα,2\n4,ελαιόλαδο,4\n5,μέλι θυμαρίσιο,1\n",
        ],
    ),
    (
        &["windows-1254", "iso-8859-9"],
        [
            "ad;soyad;şehir\nAyşe;Yılmaz;İstanbul\nMehmet;Çelik;Eskişehir\nGülşen;Öztürk;Diyarbakır\nÇağrı;Şahin;Muğla\n",
            "sıra,ürün,adet\n1,süt,4\n2,yoğurt,2\n3,beyaz peynir,1\n4,kırmızı biber,6\n5,çay bardağı,12\n6,şeftali,8\n",
        ],
    ),
    (
        &["windows-1255"],
        [
            "שם;משפחה;עיר\nדוד;כהן;ירושלים\nשרה;לוי;תל אביב\nיוסף;מזרחי;חיפה\nרחל;פרץ;באר שבע\n",
            "מספר,מוצר,כמות\n1,לחם,3\n2,חלב,2\n3,גבינה לבנה,1\n4,מיץ תפוזים,4\n5,ביצים,12\n",
        ],
    ),
    (
        &["windows-1256", "iso-8859-6"],
        [
            "الاسم,اللقب,المدينة\nمحمد,الأحمد,القاهرة\nفاطمة,حسن,بغداد\nعلي,إبراهيم,دمشق\nخديجة,يوسف,الرياض\n",
            "رقم,منتج,كمية\n1,خبز,5\n2,حليب,3\n3,جبن أبيض,2\n4,زيت الزيتون,4\n5,ماء,6\n",
        ],
    ),
    (
        &["windows-874"],
        [
            "ชื่อ,นามสกุล,จังหวัด\nสมชาย,ใจดี,กรุงเทพมหานคร\nสมหญิง,รักไทย,เชียงใหม่\nวิชัย,ศรีสุข,ขอนแก่น\n",
            "ลำดับ,สินค้า,จำนวน\n1,นม,4\n2,ข้าวหอมมะลิ,2\n3,น้ำปลา,1\n4,ไข่ไก่,12\n",
        ],
    ),
    (
        &["shift_jis", "euc-jp"],
        [
            "氏名,都道府県,電話\n山田太郎,東京都,03\n鈴木花子,大阪府,06\n佐藤一郎,北海道,011\n高橋美咲,神奈川県,045\n",
            "番号,商品名,数量\n1,ソフトドリンク,5\n2,おにぎり（鮭）,3\n3,表計算ソフト,1\n4,能率手帳,2\n5,コーヒー,4\n",
        ],
    ),
    (
        &["gbk", "gb18030"],
        [
            "姓名,城市,电话\n张伟,北京市,010\n王芳,上海市,021\n李娜,广州市,020\n刘洋,深圳市,0755\n陈静,成都市,028\n",
            "编号,产品名称,数量\n1,苹果,10\n2,牛奶,5\n3,面包,3\n4,笔记本电脑,1\n5,中文字典,2\n6,铅笔,20\n",
        ],
    ),
    (
        &["big5"],
        [
            "姓名,城市,電話\n陳怡君,臺北市,02\n林志明,高雄市,07\n黃淑芬,臺中市,04\n張雅婷,新竹縣,03\n王建國,臺南市,06\n",
            "編號,產品名稱,數量\n1,蘋果,10\n2,牛奶,5\n3,麵包,3\n4,筆記型電腦,1\n5,中文字典,2\n6,許功蓋,20\n",
        ],
    ),
    (
        &["euc-kr"],
        [
            "이름,도시,전화\n김민수,서울특별시,02\n이영희,부산광역시,051\n박지훈,대구광역시,053\n최수진,인천광역시,032\n",
            "번호,상품명,수량\n1,사과,10\n2,우유,5\n3,빵,3\n4,노트북 컴퓨터,1\n5,한국어 사전,2\n6,연필,20\n",
        ],
    ),
];

/// The bytes of `text` in the encoding with this label; `None` if it lacks a character of the text.
fn encode(label: &str, text: &str) -> Option<Vec<u8>> {
    let chars = || text.chars().map(u32::from);
    Some(match label {
        "utf-8" => text.as_bytes().to_vec(),
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "utf-32le" => chars().flat_map(u32::to_le_bytes).collect(),
        "utf-32be" => chars().flat_map(u32::to_be_bytes).collect(),
        _ => {
            let known = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
            let (bytes, _, lacking) = known.encode(text);
            (!lacking).then(|| bytes.into_owned())?
        }
    })
}

fn decode(encoding: Encoding, bytes: &[u8]) -> String {
    let mut text = Vec::new();
    Transcoder::new(encoding).push(bytes, true, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// What went wrong with a sample of a file that holds `text`, if anything did.
fn failure(label: &str, text: &str) -> Option<String> {
    let bytes = encode(label, text)?;
    let detected = detect(&bytes, &[], true);
    let read = decode(detected.encoding, &bytes);
    (read != text).then(|| format!("{label} taken for {}:\n{read}", detected.encoding))
}

#[test]
fn small_tables_are_read_as_they_were_written() {
    let cases: Vec<(&str, &str)> = LANGUAGES
        .iter()
        .flat_map(|(labels, texts)| texts.iter().map(move |text| (labels, *text)))
        .flat_map(|(labels, text)| labels.iter().chain(&UNICODE).map(move |label| (*label, text)))
        .collect();
    let lacking = cases
        .iter()
        .filter(|(label, text)| encode(label, text).is_none())
        .count();
    let failures: Vec<String> = cases.iter().filter_map(|(label, text)| failure(label, text)).collect();
    let message = format!(
        "{} of {}, {lacking} not writable:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
    // UTF is easy: nineteen of twenty must be right among the others alone.
    let legacy = cases.iter().filter(|(label, _)| !UNICODE.contains(label)).count() - lacking;
    assert!(failures.len() * 20 <= legacy, "{message}");
}
