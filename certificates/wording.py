"""The words in which people are told what a check found. It decides nothing; codes come from errors and checks."""

FORMATS = {
    "ycert": "数据文件（.ycert）",
    "ofd": "版式文件（OFD）",
    "pdf": "版式文件（PDF）",
    "credential": "二维码凭证",
    "picture": "图片中的二维码",
    "sdjwt": "可验证凭证（SD-JWT VC）",
}

TITLES = {
    "format": "文件格式",
    "coverage": "签署范围",
    "digests": "文件摘要",
    "canonical": "规范编码",
    "identifier": "证照标识",
    "suite": "签名算法",
    "issuer": "颁发机构",
    "key": "签名密钥",
    "competence": "颁发权限",
    "signature": "数字签名",
    "signer_listed": "签章人",
    "seal_maker": "制章单位",
    "seal_dates": "印章有效期",
    "chain": "证书链",
    "revocation": "证书吊销",
    "timestamp": "时间戳",
    "updates": "签署后的改动",
    "holder": "持证主体",
    "face": "票面与数据",
    "period": "有效期",
    "status_list": "状态清单",
    "status": "证照状态",
}

# Of a file that says so itself, and bears no signature.
COPY = "文件自称是加注件（注明用途的副本）：加注件没有签名和印章，不能作为文件核验，请扫描其上的二维码核验原证照。"

# Of what other programs would open as such a file (``{}``), though it begins with something else.
BYTES_BEFORE = "文件看起来是 {}，但前面多出了字节，已不是签发时的文件。请重新获取签发时的原文件。"

# Of pictures of other kinds than those that are read, and of the text of a code in small letters.
OTHER_PICTURE = "这种格式的图片（GIF、BMP、TIFF、HEIC 等）不能核验：请上传签发时的原文件，或把二维码的图片转为 JPEG、PNG 或 WebP 后上传。"
SMALL_LETTERS = "二维码的文字须原样复制：它以大写的 YC1: 开头，字母都是大写，不能改为小写。请重新扫码，或重新复制。"

REASONS = {
    "too-large": "文件过大，不是本系统签发的电子证照。",
    "not-utf8": "文件不是认识的格式：不是 PDF、OFD 或图片，也不是 UTF-8 编码的数据文件。请重新获取签发时的原文件。",
    "credential-text": "凭证中的文字不是 UTF-8 编码，请重新扫码。",
    "not-json": "文件不完整或不是电子证照：请上传签发时的原文件（OFD、PDF、.ycert），或证照二维码的照片（JPEG、PNG、WebP）。",
    "too-deep": "文件嵌套层级过深，不是本系统签发的电子证照。",
    "duplicate-member": "同一项目出现两次，不同软件会读出不同内容。",
    "number": "文件中有不允许的数字写法。",
    "surrogate": "文件中有残缺的字符。",
    "not-nfc": "文字未采用统一的 Unicode 规范形式（NFC），同形文字可能不是同一文字。",
    "not-canonical": "证照内容不是规范编码，已不是签发时的字节。",
    "not-base64": "文件中的编码内容已损坏，请重新获取原文件。",
    "missing-member": "文件缺少必需的项目。",
    "unknown-member": "文件含有本版本不认识的项目，请使用新版本核验。",
    "other-format": "文件不是本版本认识的电子证照格式。",
    "shape": "文件中有项目的取值不符合格式要求。",
    "cbor": "凭证不是 CBOR 编码或已残缺，请重新扫码。",
    "no-credential": "这不是电子证照的凭证：YC1: 之后不是颁发机构签署的内容，请确认来源，或重新扫码。",
    "base45": "二维码文字不是 base45 编码，请重新扫码。",
    "picture": "图片不能打开。请上传 JPEG 或 PNG 图片；苹果手机的 HEIC 照片请先转为 JPEG。",
    "picture-too-large": "图片的像素过多。请截取二维码部分，或缩小后再上传。",
    "picture-no-code": "图片中没有找到二维码。请对准证照上的二维码，靠近、放平，在光线充足处重拍；也可上传证照文件（OFD、PDF、.ycert）。",
    "picture-other-code": "图片中的二维码不是电子证照的二维码（应以 YC1: 开头）。",
    "picture-several": "图片中有几本证照的二维码。请一次只拍一本。",
    "disclosure": "出示的项目不是颁发机构签署的项目，或同一项目出示两次。",
    "suite-unknown": "签名算法不在认可的算法之列。",
    "timestamp": "不是可核验的时间戳，或已损坏。",
    "timestamp-certificate": "时间戳的证书缺失、不是专用于时间戳，或当时无效。",
    "timestamp-imprint": "时间戳所证明的不是这份文件。",
    "timestamp-unsigned": "时间戳里夹带了时间戳机构没有签署的内容，请重新获取签发时的原文件。",
    "timestamp-signature": "时间戳的签名不符，已被改动。",
    "zip": "文件包损坏或有多余的字节，不同软件会读出不同内容：请使用签发时的原文件，不要重新打包。",
    "zip-extra": "文件包的条目带有附加字段（{}），没有人签署它，或与目录所说不符：请使用签发时的原文件，不要重新打包。",
    "zip64": "文件包带有 ZIP64 结尾记录，证照的文件包用不着它：请使用签发时的原文件，不要重新打包。",
    "zip-path": "文件包内有越出包外的路径或链接。",
    "zip-twice": "文件包内有同名文件，不同软件会读出不同内容。",
    "zip-encrypted": "文件包内有加密的文件。",
    "ofd": "文件不符合 OFD（GB/T 33190）的结构。",
    "ofd-xml": "版式文件中的 XML 无法读取，或带有文档类型声明、实体。",
    "ofd-list": "签名列表（Signatures.xml）中有签名以外的内容、过长、同一签名列了两次，或所列的签名种类与签名值不同；这份列表没有人签署，不能夹带任何内容。",
    "ofd-unsigned": "版式文件没有签章或数字签名。",
    "ofd-copy": "版式文件没有签章或数字签名。" + COPY,
    "der": "签名值或印章的编码不完整，或带有多余的字节。",
    "seal-version": "电子印章的版本不是认可的版本（GB/T 38540、GM/T 0031）。",
    "identifier-shape": "证照标识的结构不符合 GB/T 36904。",
    "identifier-check": "证照标识的校验码不符，标识有误或被改动。",
    "identifier-type": "证照标识中的类型代码与证照类型代码不一致。",
    "identifier-issuer": "证照标识中的颁发机构代码与颁发机构不一致。",
}

# Why a trust folder cannot be used; ``{}`` is the folder or the file in it.
TRUST = {
    "trust-folder": "{} 不是文件夹，请用 --trust 指明存放各颁发机构文件的可信目录。",
    "trust-file": "可信目录中的 {} 不能使用：请核对它的名称、内容和读取权限，或把它移出（--json 说明详情）。",
    "trust-shared-key": "可信目录中同一密钥列出两次：各颁发机构应使用各自的密钥，请改正后再核验。",
}

STOPPED = "前面的核验未通过，此项未核验。"
NO_KEY = "没有可用来核验的可信密钥，此项未核验。"
NO_LIST = "可信目录中没有该机关的状态清单，此项未核验。"
# Where the folder has the other of an authority's two lists; the argument is the authority's code.
NO_DATED_LIST = (
    "可信目录中只有该机关按位置的状态清单（status/{0}.jwt），没有此项要用的按日期的状态清单 {0}.ystatus，此项未核验。"
)
NO_TOKEN_LIST = (
    "可信目录中只有该机关按日期的状态清单（{0}.ystatus），没有此项要用的按位置的状态清单 status/{0}.jwt，此项未核验。"
)
# Of files in status/ that hold no list that can be read; the argument is the file's name.
UNREAD_LIST = (
    "可信目录中该机关的状态清单 status/{0} 不能读取（不是状态清单，或已损坏）：请向颁发机构取得新的清单，放在原处。"
)
UNREAD_LISTS = (
    "可信目录中的 status/{0} 不能读取，不知道是不是此项要用的状态清单，此项未核验：请换成完好的文件，或把它移出。"
)

# Of lists by place; the arguments are when the first was made and the moment asked about.
LATER_LIST = (
    "可信目录中按位置的状态清单最早的作于 {0}，晚于所问时间（{1}），不能说明当时的状态，此项未核验："
    "请向颁发机构取得按日期的状态清单（.ystatus），或改问现在的状态。"
)
LIST_GOOD = "状态清单（{} 签发）由颁发机构签署，在更新期内。"
# Of a key that was revoked, where nothing proves that the signature is older; the argument is since when.
REVOKED_KEY = "密钥已于 {} 吊销，可能已落入他人之手；没有可信时间戳证明签名在此之前已经存在，不予采信：请向颁发机构换取重新签发的证照。"
KEY_OF_ANOTHER = "签名密钥属于另一机关（{}），不是颁发机构的密钥。"
KEY_BY_CHAIN = "可信目录没有登记签名证书的密钥，它属于谁、当时是否有效由证书链证明。"
SIGNER_OF_ANOTHER = "签名证书载明的机构代码（{}）不是证照载明的颁发机构的代码，是另一机构的证书。"
SIGNER_UNNAMED = (
    "签名证书没有载明机构代码（2.5.4.97），其密钥也没有登记在证照载明的颁发机构名下，不能确认由该机关签署："
    "确认密钥属于该机关后，把它登记到可信目录中该机关的文件里。"
)

PICTURE = "核验的是图片中的二维码；图片上印的其他内容没有核验，请与{}逐项对照。"
ASK_THE_ISSUER = "请向颁发机构核实。"
# What to do where a check could not be made, by its name.
ADVICE = {
    "status_list": "证照现在是否仍然有效尚不清楚：请向颁发机构查询，或取得其最新状态清单后再核验。",
    "status": "证照现在是否仍然有效尚不清楚：请向颁发机构查询，或取得其最新状态清单后再核验。",
    "timestamp": "签署时间只是签署人自己的声明：时间要紧的，请向颁发机构核实。",
    "chain": "签名证书由谁签发尚未核验：请向颁发机构核实，或把其根证书放入可信目录后再核验。",
    "revocation": "签名证书是否已被吊销尚不清楚：请向颁发机构核实，或取得最新吊销列表后再核验。",
    "seal_maker": "印章由谁制作尚未核验：请向颁发机构核实，或把制章单位的根证书放入可信目录后再核验。",
    "seal_dates": "文件没有加盖电子印章，只有数字签名：需要印章的，请向颁发机构换取盖章文件。",
    "signer_listed": "文件没有加盖电子印章，只有数字签名：需要印章的，请向颁发机构换取盖章文件。",
    "holder": "证照没有出示持证主体的代码：请持证人另行出示，或者核对其身份证件。",
    "face": "票面没有与数据比对：请以颁发机构的记录为准。",
}


def reason(code: str, named: str = "") -> str:
    """Return the sentence for an error's code, with what the error names."""
    return REASONS.get(code, "文件内容不符合格式要求。").format(named)
