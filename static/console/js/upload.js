// Upload of pictures: `upload: uploadPicture` of a field of type `picture`. A photo is made smaller before it is sent.

import { ApiError, post } from "./api.js";

const MAX_BYTES = 900_000;
const MAX_SIDES = [2000, 1400, 1000];
const QUALITY = 0.85;

/** Send a picture and return its URL. */
export async function uploadPicture(file) {
  const form = new FormData();
  form.append("file", file.size > MAX_BYTES ? await shrink(file) : file, "picture");
  return (await post("/pictures", form)).url;
}

/** A smaller JPEG of a large picture. */
async function shrink(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) throw new ApiError("invalid", "请上传 JPG、PNG 或 WebP 图片");
  for (const side of MAX_SIDES) {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (blob && blob.size <= MAX_BYTES) return blob;
  }
  throw new ApiError("invalid", "图片过大，请压缩后再上传");
}
