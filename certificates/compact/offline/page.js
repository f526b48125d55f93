// The page around credential.js: takes a code from camera, picture or pasted text and shows what was found. It asks nobody.
"use strict";
const trust = JSON.parse(document.getElementById("trust").textContent);
const $ = (id) => document.getElementById(id);
const MARKS = { passed: "✓", failed: "✗", "not checked": "—" };
const WORDS = { passed: "通过", failed: "未通过", "not checked": "未核验" };
let looking = null;

function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (name) made.className = name;
  return made;
}
function verdict(checks, asOf) {
  const failed = checks.filter((check) => check.outcome === "failed").map((check) => check.name);
  const open = checks.filter((check) => check.outcome === "not checked").map((check) => TITLES[check.name]);
  if (failed.length === 1 && failed[0] === "status_list") return ["unsure", "签名真实，现状不明", asOf === null ? "状态清单不能使用，不能确认证照现在是否仍然有效。" : `本页所附状态清单（截至 ${china(asOf)}）已过期，不能确认证照现在是否仍然有效：请联网取得新的核验页。`];
  if (failed.length) return ["bad", "核验未通过", checks.find((check) => check.outcome === "failed").sentence];
  if (open.length) return ["unsure", "签名真实，尚有未核验项", "未核验：" + open.join("、") + "。"];
  return ["good", "核验通过", `签名真实，在有效期内；截至 ${china(asOf)}（北京时间）未被宣布失效，此后的变化本页不知道。`];
}
function rows(found) {
  const { claims } = found;
  const said = [["证照名称", claims.title], ["持证主体", claims.holder], ["颁发机构", found.authority ? found.authority.name : claims.issuer],
    ["有效期", periodInWords(claims)], ["证照标识", claims.identifier]];
  return said.concat(found.shown.map((each) => [each.label, each.value]));
}
function show({ checks, found }) {
  const [kind, title, sentence] = verdict(checks, found && found.asOf), result = $("result");
  const box = element("div", "", "verdict " + kind);
  box.append(element("h2", title), element("p", sentence));
  result.replaceChildren(box);
  if (found && kind !== "bad") {
    const list = element("dl");
    for (const [label, value] of rows(found)) list.append(element("dt", label), element("dd", value));
    result.append(list);
    if (found.hidden > 0) result.append(element("p", `持证人另有 ${found.hidden} 项没有出示。`, "note"));
  }
  const details = element("details"), items = element("ul");
  details.append(element("summary", "逐项核验结果"));
  details.open = kind !== "good";
  for (const check of checks) {
    const item = element("li", "", check.outcome.replace(" ", "-"));
    item.append(element("b", `${MARKS[check.outcome]} ${TITLES[check.name]}（${WORDS[check.outcome]}）`), element("span", check.sentence));
    items.append(item);
  }
  details.append(items);
  result.append(details);
  result.hidden = false;
  result.focus();
}
async function judge(text) {
  if (!crypto.subtle) return tell("本浏览器不能核验签名，请换用较新的浏览器打开本页。");
  show(await verify(text, trust, Math.floor(Date.now() / 1000)));
}
function tell(text) {
  $("result").replaceChildren(element("p", text, "verdict unsure"));
  $("result").hidden = false;
}
function codeIn(source, { x, y, width, height }, side) {
  const scale = Math.min(1, side / Math.max(width, height)), canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(source, x, y, width, height, 0, 0, canvas.width, canvas.height);
  const image = pen.getImageData(0, 0, canvas.width, canvas.height), found = jsQR(image.data, image.width, image.height);
  return found && found.data;
}
// Parts of a picture, each overlapping its neighbours by a third or more: a code on an edge lies whole in another one.
function parts(width, height, across, down) {
  const size = (whole, count) => count === 1 ? whole : Math.ceil(whole / count * 1.35), found = [];
  const part = { width: size(width, across), height: size(height, down) };
  const place = (whole, length, index, count) => count === 1 ? 0 : Math.floor((whole - length) * index / (count - 1));
  for (let row = 0; row < down; row++) for (let column = 0; column < across; column++)
    found.push({ ...part, x: place(width, part.width, column, across), y: place(height, part.height, row, down) });
  return found;
}
// Whether a code is found hangs on how many points one of its modules has, and on what stands around it: several sizes of the whole, then its parts.
function* tries(width, height) {
  const largest = Math.max(width, height), whole = { x: 0, y: 0, width, height }, done = new Set();
  for (const side of [1600, 1800, 1300, 1000, 3000, 2000, 1150, 850, 700]) {
    if (!done.has(Math.min(side, largest))) yield [whole, side];
    done.add(Math.min(side, largest));
  }
  if (largest <= 400) return;
  for (const [across, down] of [[2, 2], [1, 2], [2, 1], [3, 3]]) for (const part of parts(width, height, across, down)) for (const side of [1000, 700])
    if (side === 1000 || Math.max(part.width, part.height) > 700) yield [part, side];
}
async function searched(image) {
  for (const [part, side] of tries(image.naturalWidth, image.naturalHeight)) {
    const text = codeIn(image, part, side);
    if (text) return text;
    await new Promise((resume) => setTimeout(resume));
  }
  return null;
}
async function picture(file) {
  const address = URL.createObjectURL(file), image = new Image();
  image.src = address;
  try { await image.decode(); } catch { return tell("这个文件不是可识别的图片，请换一张。"); } finally { URL.revokeObjectURL(address); }
  tell("正在图片中查找二维码，请稍候……");
  const text = await searched(image);
  return text ? judge(text) : tell("图片中没有找到二维码，请对准、靠近，在光线充足处重拍。");
}
async function camera() {
  const video = $("video");
  if (looking) return stop();
  try { looking = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); } catch { return tell("不能使用摄像头，请改用“拍照或选图”或粘贴文字。"); }
  video.srcObject = looking;
  video.hidden = false;
  $("camera").textContent = "停止扫码";
  await video.play();
  const look = () => {
    if (!looking) return;
    const text = video.videoWidth && codeIn(video, { x: 0, y: 0, width: video.videoWidth, height: video.videoHeight }, 1600);
    if (text) { stop(); judge(text); } else setTimeout(look, 250);
  };
  look();
}
function stop() {
  for (const track of looking.getTracks()) track.stop();
  looking = null;
  $("video").hidden = true;
  $("camera").textContent = "用摄像头扫码";
}
$("picture").addEventListener("change", (event) => { if (event.target.files.length) picture(event.target.files[0]); event.target.value = ""; });
$("form").addEventListener("submit", (event) => { event.preventDefault(); judge($("text").value); });
$("camera").addEventListener("click", camera);
$("camera").hidden = !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia);
const lists = Object.values(trust.tokens).concat(Object.values(trust.lists)), now = Math.floor(Date.now() / 1000);
const stale = lists.filter((each) => now > each.next_update).length;
// Most bodies have two lists, by place and by date: bodies are counted.
const listed = new Set(Object.values(trust.tokens).map((each) => each.authority).concat(Object.keys(trust.lists)));
$("made").textContent = `可信机构 ${trust.authorities.length} 个，其中 ${listed.size} 个附有状态清单${stale ? `，有清单已过期` : ""}；本页数据制作于 ${china(trust.made)}（北京时间），此后的吊销、暂扣等变化本页不知道。`;
if (lists.length === 0) $("stale").textContent = "本页没有状态清单：能核验签名和有效期，不能确认证照现在是否仍然有效。";
if (stale) $("stale").textContent = "本页所附状态清单已过期：请联网取得新的核验页，再确认证照现在是否仍然有效。";
$("stale").hidden = !$("stale").textContent;
