// Reads and verifies a compact credential (docs/e-certificates.md, "Compact credential"). It draws nothing and asks nobody.
"use strict";
const ROOT = "1.2.156.3005.2.";
const BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const SKEW = 300, MOST = 16384;
const CHINA = 8 * 3600;

class Unreadable extends Error {
  constructor(check, text) { super(text); this.check = check; }
}
function refuse(check, text) { throw new Unreadable(check, text); }

function fromBase45(text) {
  if (text.length > MOST / 2 * 3) refuse("format", "文件过大，不是本系统签发的电子证照。");
  if (text.length % 3 === 1) refuse("format", "二维码文字不是 base45 编码，请重新扫码。");
  const out = [];
  for (let i = 0; i < text.length; i += 3) {
    const group = text.slice(i, i + 3);
    let number = 0, place = 1;
    for (const character of group) {
      const digit = BASE45.indexOf(character);
      if (digit < 0) refuse("format", "二维码文字不是 base45 编码，请重新扫码。");
      number += digit * place;
      place *= 45;
    }
    const width = group.length - 1;
    if (number >= 256 ** width) refuse("format", "二维码文字不是 base45 编码，请重新扫码。");
    if (width === 2) out.push(number >> 8);
    out.push(number & 255);
  }
  return new Uint8Array(out);
}

// Deterministic CBOR: integers, bytes, text, lists, maps (as Map), simple values ("simple:59"), tag 18. Nothing else is read.
class Reader {
  constructor(octets) { this.octets = octets; this.at = 0; this.loose = false; }
  take(length) {
    if (length > this.octets.length - this.at) refuse("format", "凭证不是 CBOR 编码或已残缺，请重新扫码。");
    this.at += length;
    return this.octets.subarray(this.at - length, this.at);
  }
  number(more) {
    if (more < 24) return more;
    const width = { 24: 1, 25: 2, 26: 4, 27: 8 }[more];
    if (!width) refuse("format", "凭证不是 CBOR 编码或已残缺，请重新扫码。");
    let value = 0;
    for (const octet of this.take(width)) value = value * 256 + octet;
    if (!Number.isSafeInteger(value)) refuse("format", "凭证中的数字过大。");
    if (value < (width === 1 ? 24 : 256 ** (width / 2))) this.loose = true;
    return value;
  }
  value(depth) {
    if (depth > 8) refuse("format", "凭证嵌套层级过深。");
    const first = this.take(1)[0], major = first >> 5, more = first & 31;
    if (major === 7) {
      if (more < 20) return "simple:" + more;
      if (more !== 24) refuse("format", "凭证含有不允许的取值。");
      const simple = this.take(1)[0];
      if (simple < 20) this.loose = true;
      return "simple:" + simple;
    }
    const number = this.number(more);
    if (major === 0) return number;
    if (major === 1) return -1 - number;
    if (major === 2) return this.take(number);
    if (major === 3) return this.text(number);
    if (major === 4) { const list = []; for (let i = 0; i < number; i++) list.push(this.value(depth + 1)); return list; }
    if (major === 5) return this.map(number, depth);
    if (number !== 18) refuse("format", "文件不是本版本认识的电子证照格式。");
    return { tagged: this.value(depth + 1) };
  }
  text(length) {
    try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(length)); }
    catch (error) { if (error instanceof Unreadable) throw error; return refuse("format", "凭证中的文字不是 UTF-8 编码，请重新扫码。"); }
  }
  map(length, depth) {
    const found = new Map();
    let before = null;
    for (let i = 0; i < length; i++) {
      const start = this.at, key = this.value(depth + 1), spelled = this.octets.subarray(start, this.at);
      if (typeof key !== "number" && typeof key !== "string") refuse("format", "凭证含有不允许的项目。");
      if (before !== null) {
        const order = compare(before, spelled);
        if (order === 0) refuse("format", "同一项目出现两次，不同软件会读出不同内容。");
        if (order > 0) this.loose = true;
      }
      before = spelled;
      found.set(key, this.value(depth + 1));
    }
    return found;
  }
}
function compare(a, b) {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}
function decode(octets) {
  if (octets.length > MOST) refuse("format", "文件过大，不是本系统签发的电子证照。");
  const reader = new Reader(octets), value = reader.value(0);
  if (reader.at !== octets.length) refuse("format", "凭证之后还有多余的字节。");
  if (reader.loose) refuse("canonical", "凭证内容不是规范编码，已不是签发时的字节。");
  return value;
}
function head(major, number) {
  if (number < 24) return [major << 5 | number];
  if (number < 256) return [major << 5 | 24, number];
  return [major << 5 | 25, number >> 8, number & 255];
}
function toSign(protectedHeader, payload) {
  const name = new TextEncoder().encode("Signature1");
  return new Uint8Array([0x84, ...head(3, name.length), ...name, ...head(2, protectedHeader.length), ...protectedHeader,
    ...head(2, 0), ...head(2, payload.length), ...payload]);
}

const octets = (value) => value instanceof Uint8Array;
const hex = (value) => Array.from(value, (octet) => octet.toString(16).padStart(2, "0")).join("");
const plain = (value) => typeof value === "string" && value.trim() !== "" && value.length <= 4000 && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(value);
const instant = (value) => Number.isSafeInteger(value) && value >= 0 && value < 32503680000;

function read(text) {
  if (/^yc1:/i.test(text) && !text.startsWith("YC1:")) refuse("format", "二维码的文字须原样复制：它以大写的 YC1: 开头，字母都是大写，不能改为小写。请重新扫码，或重新复制。");
  if (!text.startsWith("YC1:")) refuse("format", "这不是电子证照的二维码（应以 YC1: 开头）。");
  const credential = fromBase45(text.slice(4).replace(/[\r\n\t]+$/, ""));
  if (!isTagged(credential)) refuse("format", "这不是电子证照的凭证：YC1: 之后不是颁发机构签署的内容，请确认来源，或重新扫码。");
  const message = decode(credential);
  const parts = message && message.tagged;
  if (!Array.isArray(parts) || parts.length !== 4 || !octets(parts[0]) || !(parts[1] instanceof Map) || !octets(parts[2]) || !octets(parts[3]))
    refuse("format", "文件不是本版本认识的电子证照格式。");
  const header = decode(parts[0]), claims = decode(parts[2]);
  if (!(header instanceof Map) || !(claims instanceof Map)) refuse("format", "文件不是本版本认识的电子证照格式。");
  const kid = header.get(4);
  if (header.size !== 3 || header.get(16) !== "application/yc1" || !octets(kid) || kid.length !== 8) refuse("format", "文件不是本版本认识的电子证照格式。");
  if (header.get(1) !== -7) refuse("suite", "签名算法不在认可的算法之列。");
  return { kid: hex(kid), claims: said(claims), shown: shown(parts[1]), message: toSign(parts[0], parts[2]), signature: parts[3] };
}
// Tag 18; in a longer spelling too, which is refused for being that.
function isTagged(octets) {
  const spelled = 2 ** (octets[0] - 0xd8), rest = Array.from(octets.subarray(1, 1 + spelled));
  return octets[0] === 0xd2 || ([1, 2, 4, 8].includes(spelled) && rest.length === spelled && rest.pop() === 18 && rest.every((octet) => octet === 0));
}
function shown(header) {
  const wrong = "出示的项目不是颁发机构签署的项目，或同一项目出示两次。";
  if (header.size === 0) return [];
  const items = header.get(17);
  for (const key of header.keys()) if (key !== 17) refuse("format", "文件含有本版本不认识的项目，请使用新版本核验。");
  if (!Array.isArray(items) || items.length === 0) refuse("format", "文件中有项目的取值不符合格式要求。");
  const labels = new Set();
  return items.map((item) => {
    let parts = null;
    try { parts = octets(item) ? decode(item) : null; } catch (error) { if (!(error instanceof Unreadable)) throw error; }
    if (!Array.isArray(parts) || parts.length !== 3 || !octets(parts[0]) || parts[0].length !== 16 || !plain(parts[1]) || !plain(parts[2]) || labels.has(parts[2]))
      refuse("digests", wrong);
    labels.add(parts[2]);
    return { label: parts[2], value: parts[1], octets: item };
  });
}
function said(claims) {
  const shape = "文件中有项目的取值不符合格式要求。", known = new Set([2, 4, 5, 6, 65535, -65537, -65538, "simple:59"]);
  for (const key of claims.keys()) if (!known.has(key)) refuse("format", "文件含有本版本不认识的项目，请使用新版本核验。");
  if (!plain(claims.get(2))) refuse("identifier", "证照标识的结构不符合 GB/T 36904。");
  const identifier = claims.get(2);
  const parts = /^([0-9A-Z]{18}[0-9]{3})\.([0-9A-Z]{18}|[0-9]{6,18})\.([0-9A-Z]{1,32})\.([0-9]{3})\.([0-9A-Z])$/.exec(identifier);
  if (!parts || parts[4] === "000") refuse("identifier", "证照标识的结构不符合 GB/T 36904。");
  const digests = claims.get("simple:59"), end = claims.get(4);
  if (!plain(claims.get(-65537)) || !plain(claims.get(-65538)) || !instant(claims.get(5)) || !instant(claims.get(6))) refuse("format", shape);
  if (end !== undefined && !instant(end)) refuse("format", shape);
  if (!Array.isArray(digests) || !digests.every((each) => octets(each) && each.length === 16)) refuse("format", shape);
  if (digests.some((each, place) => place > 0 && compare(digests[place - 1], each) >= 0)) refuse("format", shape);
  return { identifier: ROOT + identifier, type: parts[1], issuer: parts[2], serial: parts[3], version: parts[4], check: parts[5],
    place: placed(claims.get(65535), shape), title: claims.get(-65537), holder: claims.get(-65538), from: claims.get(5), end, signed: claims.get(6), digests: digests.map(hex) };
}
function placed(reference, shape) {
  if (reference === undefined) return null;
  const inner = reference instanceof Map && reference.size === 1 && reference.get("status_list");
  if (!(inner instanceof Map) || inner.size !== 2 || !Number.isSafeInteger(inner.get("idx")) || inner.get("idx") < 0 || !plain(inner.get("uri"))) refuse("format", shape);
  return { index: inner.get("idx"), uri: inner.get("uri") };
}
function checkCharacter(text) {
  let product = 36;
  for (const character of text) product = (((product + parseInt(character, 36)) % 36 || 36) * 2) % 37;
  return ((37 - product) % 36).toString(36).toUpperCase();
}
const china = (seconds) => new Date((seconds + CHINA) * 1000).toISOString().slice(0, 19).replace("T", " ");
const day = (seconds) => china(seconds).slice(0, 10);

// Returns {checks: [{name, outcome, sentence}], found}. Outcomes: passed, failed, not checked.
async function verify(text, trust, now) {
  let found;
  try { found = read(text.trim()); } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { checks: inOrder([{ name: error.check, outcome: "failed", sentence: error.message }]), found: null };
  }
  const checks = [], put = (name, problem, sentence) => checks.push({ name, outcome: problem ? "failed" : "passed", sentence: problem || sentence });
  const { claims } = found;
  checks.push({ name: "format", outcome: "passed", sentence: "凭证是完整的。" }, { name: "canonical", outcome: "passed", sentence: "凭证是规范编码，逐字节唯一。" });
  const given = [];
  for (const each of found.shown) given.push(hex(new Uint8Array(await crypto.subtle.digest("SHA-256", each.octets)).subarray(0, 16)));
  const hidden = claims.digests.length - given.length;
  put("digests", given.every((each) => claims.digests.includes(each)) ? "" : "出示的项目不是颁发机构签署的项目，可能被改动。",
    `出示的 ${given.length} 项与颁发机构签署的摘要一致` + (hidden > 0 ? `，另有 ${hidden} 项未出示。` : "。"));
  const sound = checkCharacter(claims.type + claims.issuer + claims.serial + claims.version) === claims.check;
  put("identifier", sound ? "" : "证照标识的校验码不符，标识有误或被改动。", "证照标识的校验码正确，并与证照类型、颁发机构一致。");
  put("period", periodProblem(claims, now), `证照在有效期内（${periodInWords(claims)}）。`);
  // Else nobody knows whose it is: the issuer stands in the identifier alone.
  if (!sound) return { checks: inOrder(checks), found: { ...found, authority: undefined, hidden, asOf: null } };
  const authority = trust.authorities.find((each) => each.code === claims.issuer);
  put("issuer", authority ? "" : "本页的可信机构中没有这一颁发机构。", authority && `颁发机构“${authority.name}”在可信机构之中。`);
  const keys = authority ? authority.keys.filter((each) => each.id.startsWith(found.kid)) : [];
  const key = keys.length === 1 ? keys[0] : null;
  if (authority) put("key", keyProblem(key, claims.signed), `密钥在签署时（${china(claims.signed)}）有效。`);
  put("suite", "", "签名算法 ES256 是认可的算法。");
  if (key) {
    put("competence", key.types.includes(claims.type) ? "" : "该密钥未获准签发这一类型的证照。", "该密钥获准签发这一类型的证照。");
    put("signature", await signed(key, found) ? "" : "数字签名不符：凭证在签署后被改动，或不是由该密钥签署。", "数字签名正确，凭证自签署后未被改动。");
  }
  const named = claims.place && authority ? trust.tokens[claims.place.uri] : undefined;
  // A list by place says how things stood when it was made, and nothing of the time before.
  const token = named && named.issued <= now ? named : undefined;
  const list = token || trust.lists[claims.issuer];
  if (token) placedIn(token, claims, now, put); else standing(list, claims, now, put);
  const later = named && !list ? `本页所附状态清单作于 ${china(named.issued)}，晚于本机的时间（${china(now)}），不能说明此时的状态：请核对本机的时间。` : "";
  return { checks: inOrder(checks, later), found: { ...found, authority, hidden, asOf: list ? list.issued : null } };
}
function keyProblem(key, at) {
  if (!key) return "签名密钥不是该机关登记的密钥；如机关已更换密钥，请更新本页。";
  if (at < key.from) return `签署时间早于密钥启用时间（${china(key.from)}）。`;
  if (key.revoked !== null && at >= key.revoked) return `密钥已于 ${china(key.revoked)} 吊销，此后的签名无效。`;
  // Who holds a key writes any time into what he signs; a code has no timestamp.
  if (key.revoked !== null) return `密钥已于 ${china(key.revoked)} 吊销，可能已落入他人之手；没有可信时间戳证明签名在此之前已经存在，不予采信：请向颁发机构换取重新签发的证照。`;
  if (key.to !== null && at >= key.to) return `密钥已于 ${china(key.to)} 到期，此后的签名无效。`;
  return "";
}
async function signed(key, found) {
  if (found.signature.length !== 64) return false;
  const spki = Uint8Array.from(atob(key.spki), (character) => character.charCodeAt(0));
  const imported = await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, found.signature, found.message);
}
function periodInWords(claims) {
  return claims.end === undefined ? `自 ${day(claims.from)} 起长期有效` : `${day(claims.from)} 至 ${day(claims.end - 1)}`;
}
function periodProblem(claims, now) {
  if (claims.signed > now + SKEW) return `在所问时间（${china(now)}）该证照尚未签署。`;
  if (now < claims.from) return `证照自 ${day(claims.from)} 起有效，尚未生效。`;
  if (claims.end !== undefined && now >= claims.end) return `证照有效期至 ${day(claims.end - 1)}，已过期。`;
  return "";
}
function placedIn(token, claims, now, put) {
  const { index } = claims.place;
  if (token.authority !== claims.issuer) return put("status_list", "状态清单不是由该颁发机构的密钥签署的。");
  if (now > token.next_update) return put("status_list", `本页所附状态清单已过更新期（${china(token.next_update)}），不能确认证照现在的状态，请取得新的核验页。`);
  if (index >= token.size) return put("status_list", "状态清单中没有这本证照的位置，请向颁发机构取得新的清单。");
  put("status_list", "", `状态清单（${china(token.issued)} 签发）由颁发机构签署，在更新期内。`);
  const value = token.places[index] || 0;
  put("status", value ? `颁发机构的状态清单表明该证照${token.words[value] || "不是有效状态"}。` : "", "颁发机构的状态清单表明该证照有效。");
}
function standing(list, claims, now, put) {
  if (!list) return;
  if (now > list.next_update) return put("status_list", `本页所附状态清单已过更新期（${china(list.next_update)}），不能确认证照现在的状态，请取得新的核验页。`);
  put("status_list", "", `状态清单（${china(list.issued)} 签发）由颁发机构签署，在更新期内。`);
  for (const [moment, word] of [[now, ""], [claims.signed, "签署时"]]) {
    const begun = (list.entries[claims.identifier] || []).filter((entry) => entry.since <= moment);
    const last = begun.reduce((before, entry) => (before && before.since >= entry.since ? before : entry), null);
    if (last && last.status !== "01") return put("status", `颁发机构宣布该证照${word}自 ${china(last.since)} 起为“${last.word}”（${last.status}）。`);
  }
  put("status", "", "颁发机构未宣布该证照失效（01 有效）。");
}
const TITLES = { format: "文件格式", digests: "出示项目", canonical: "规范编码", identifier: "证照标识", suite: "签名算法", issuer: "颁发机构", key: "签名密钥",
  competence: "颁发权限", signature: "数字签名", period: "有效期", status_list: "状态清单", status: "证照状态" };
function inOrder(found, later = "") {
  const list = (name) => name === "status_list" || name === "status";
  return Object.keys(TITLES).map((name) => found.find((check) => check.name === name) || { name, outcome: "not checked",
    sentence: list(name) && found.some((check) => check.name === "issuer") && !found.some((check) => check.name === "status_list")
      ? later || "本页没有该机关的状态清单，此项未核验。" : "前面的核验未通过，此项未核验。" });
}
