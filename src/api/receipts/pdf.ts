import { once } from "node:events";
import PDFDocument from "pdfkit";
import QRCode from "qrcode";
import { currencyByCode, formatDecimal } from "../../domain/money.js";
import type { Receipt, SignedReceipt } from "../../receipts/receipt.js";

const MARGIN = 56;
const LABEL_WIDTH = 120;
const QR_SIZE = 132;
const ACCENT = "#1f4e79";
const GREY = "#555555";

/** A receipt to print: one page, with the signed JSON attached. The QR code names the completion on the chain. */
export async function writeReceiptPdf(signed: SignedReceipt): Promise<Buffer> {
  const { receipt } = signed;
  const { transfer } = receipt;
  const date = new Date(transfer.completedAt);
  const title = `Receipt of transfer ${transfer.id}`;
  const info = { Title: title, Author: receipt.issuer, Creator: "Event Machine", CreationDate: date, ModDate: date };
  const doc = new PDFDocument({ size: "A4", margin: MARGIN, info, lang: "en", displayTitle: true });
  const chunks: Buffer[] = [];
  doc.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = once(doc, "end");
  const qr = await QRCode.toBuffer(qrText(receipt), { errorCorrectionLevel: "M", margin: 0, width: 4 * QR_SIZE });
  writePage(doc, signed, qr);
  doc.file(Buffer.from(JSON.stringify(signed)), {
    name: "receipt.json",
    type: "application/json",
    creationDate: date,
    modifiedDate: date,
  });
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}

/** Enough to find the completion on the chain. */
export function qrText({ network, transfer, events }: Receipt): string {
  const completed = events.at(-1);
  const query = new URLSearchParams({
    chain: network.chainId,
    contract: network.contract,
    transfer: transfer.id,
    transaction: completed?.transactionHash ?? "",
    log: String(completed?.logIndex ?? ""),
  });
  return `eventmachine:receipt?${query}`;
}

function writePage(doc: PDFKit.PDFDocument, { receipt, jws }: SignedReceipt, qr: Buffer): void {
  const { transfer, requested, network, evidence, events } = receipt;
  const right = doc.page.width - MARGIN;
  doc.image(qr, right - QR_SIZE, MARGIN, { width: QR_SIZE });
  doc.font("Helvetica-Bold").fontSize(22).fillColor(ACCENT).text("Receipt", MARGIN, MARGIN);
  doc.font("Helvetica").fontSize(10).fillColor(GREY).text(`issued by ${receipt.issuer}`);
  const amount = formatDecimal(BigInt(transfer.amount.amount), currencyByCode(transfer.amount.currency) ?? { minorDigits: 0 });
  doc.moveDown(1.5).font("Helvetica-Bold").fontSize(26).fillColor("#000000").text(`${amount} ${transfer.amount.currency}`);
  doc.font("Helvetica").fontSize(11).text(`from ${transfer.payer.bank} to ${transfer.payee.bank}`);
  doc.y = Math.max(doc.y, MARGIN + QR_SIZE) + 24;
  const row = (label: string, value: string) => {
    const { y } = doc;
    doc.font("Helvetica").fontSize(9).fillColor(GREY).text(label, MARGIN, y, { width: LABEL_WIDTH });
    const options = { width: right - MARGIN - LABEL_WIDTH };
    doc
      .font("Courier")
      .fontSize(8.5)
      .fillColor("#000000")
      .text(value, MARGIN + LABEL_WIDTH, y, options);
    doc.y += 4;
  };
  const heading = (text: string) => {
    doc.moveDown(0.6).font("Helvetica-Bold").fontSize(11).fillColor(ACCENT).text(text, MARGIN);
    doc.moveDown(0.3);
  };
  heading("Transfer");
  row("Transfer", transfer.id);
  row("Started", transfer.startedAt);
  row("Completed", transfer.completedAt);
  if (requested !== undefined) {
    heading("What was asked for (by the issuer's journal)");
    row("Amount", `${requested.amount.amount} ${requested.amount.currency} (minor units)`);
    row("From, to", `${requested.payer.bank}  ${requested.payee.bank}`);
    row("Request", requested.requestHash);
    row("Sealed details", requested.detailsHash);
  }
  heading("What the banks have said (SHA-256 of their receipts)");
  for (const { leg, bank, hash } of evidence) row(`${leg === "debit" ? "Debited" : "Credited"} by ${bank}`, hash);
  heading("Where it stands on the chain (place, block, transaction)");
  row("Chain, contract", `${network.chainId}  ${network.contract}`);
  for (const event of events) {
    const where = `block ${event.blockNumber}, log ${event.logIndex}\n${event.blockHash}\n${event.transactionHash}`;
    row(event.type.replace("eventmachine.transfer.", ""), where);
  }
  heading("Signature");
  row("JWS (EdDSA)", jws.slice(jws.lastIndexOf(".") + 1));
  doc.moveDown(1).font("Helvetica").fontSize(8.5).fillColor(GREY);
  doc.text(
    "The signed receipt is attached to this file as receipt.json; the QR code names its completion on the chain.",
    MARGIN,
    doc.y,
    {
      width: right - MARGIN,
    },
  );
}
