//! The octets by which a client of MMS (ISO 9506), as in IEC 61850, begins: most servers answer nothing else.
//!
//! A CP of presentation (X.226) with an AARQ of ACSE (X.227) and an MMS initiate request in it, built from its fields.

/// 2.1.1, the basic encoding rules.
const BER: &[u8] = &[0x51, 0x01];
/// 2.2.1.0.1, ACSE version 1.
const ACSE: &[u8] = &[0x52, 0x01, 0x00, 0x01];
/// 1.0.9506.2.1, the MMS abstract syntax.
const MMS: &[u8] = &[0x28, 0xca, 0x22, 0x02, 0x01];
/// 1.0.9506.2.3, the MMS application context.
const MMS_CONTEXT: &[u8] = &[0x28, 0xca, 0x22, 0x02, 0x03];
const ACSE_CONTEXT_ID: u8 = 1;
const MMS_CONTEXT_ID: u8 = 3;

/// One value: tag, definite length, contents of at most 255 octets, which all of these are.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let mut octets = vec![tag];
    if contents.len() >= 0x80 {
        octets.push(0x81);
    }
    octets.push(contents.len() as u8);
    octets.extend(contents);
    octets
}

fn initiate() -> Vec<u8> {
    let detail = tlv(
        0xa4,
        &[
            &tlv(0x80, &[&[1]]),                                                          // version
            &tlv(0x81, &[&[0x05, 0xf1, 0x00]]),                                           // parameter CBB
            &tlv(0x82, &[&[0x03, 0xee, 0x1c, 0, 0, 0x04, 0x08, 0, 0, 0x79, 0xef, 0x18]]), // services
        ],
    );
    tlv(
        0xa8,
        &[
            &tlv(0x80, &[&[0x00, 0xfd, 0xe8]]), // local detail: 65000 octets
            &tlv(0x81, &[&[5]]),                // outstanding, calling
            &tlv(0x82, &[&[5]]),                // outstanding, called
            &tlv(0x83, &[&[10]]),               // nesting
            &detail,
        ],
    )
}

/// The user data of an S-CONNECT request.
pub(crate) fn connect_ppdu() -> Vec<u8> {
    let context = |identifier: u8, syntax: &[u8]| {
        let transfer = tlv(0x30, &[&tlv(0x06, &[BER])]);
        tlv(0x30, &[&tlv(0x02, &[&[identifier]]), &tlv(0x06, &[syntax]), &transfer])
    };
    let external = tlv(0x28, &[&tlv(0x02, &[&[MMS_CONTEXT_ID]]), &tlv(0xa0, &[&initiate()])]);
    let aarq = tlv(
        0x60,
        &[
            &tlv(0xa1, &[&tlv(0x06, &[MMS_CONTEXT])]),
            &tlv(0xa2, &[&tlv(0x06, &[&[0x29, 0x01, 0x87, 0x67, 0x01]])]), // called AP title
            &tlv(0xa3, &[&tlv(0x02, &[&[12]])]),                           // called AE qualifier
            &tlv(0xa6, &[&tlv(0x06, &[&[0x29, 0x01, 0x87, 0x67]])]),       // calling AP title
            &tlv(0xa7, &[&tlv(0x02, &[&[12]])]),                           // calling AE qualifier
            &tlv(0xbe, &[&external]),
        ],
    );
    let list = tlv(0x30, &[&tlv(0x02, &[&[ACSE_CONTEXT_ID]]), &tlv(0xa0, &[&aarq])]);
    tlv(
        0x31,
        &[
            &tlv(0xa0, &[&tlv(0x80, &[&[1]])]), // normal mode
            &tlv(
                0xa2,
                &[
                    &tlv(0x81, &[&[0, 0, 0, 1]]), // calling presentation selector
                    &tlv(0x82, &[&[0, 0, 0, 1]]), // called presentation selector
                    &tlv(0xa4, &[&context(ACSE_CONTEXT_ID, ACSE), &context(MMS_CONTEXT_ID, MMS)]),
                    &tlv(0x61, &[&list]),
                ],
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    /// What the interop test sends to libiec61850, which accepts it.
    #[test]
    fn the_octets_that_a_server_takes() {
        let expected = "318199a003800101a28191810400000001820400000001a423300f0201010604520100013004060251013010020103\
                        060528ca220201300406025101615e305c020101a0576055a107060528ca220203a20706052901876701a30302010c\
                        a606060429018767a70302010cbe2f282d020103a028a826800300fde8810105820105830\
                        10aa416800101810305f100820c03ee1c00000408000079ef18";
        let found: String = super::connect_ppdu().iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(found, expected);
    }
}
