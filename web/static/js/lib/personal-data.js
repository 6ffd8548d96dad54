/* Find a telephone number, e-mail address, IBAN, BSN or postcode with house number in what someone types. Only to warn,
   on the own device; the server decides. Returns the position in the list of kinds, or -1. */
const PHONE = /(?:\+31|0031|\b0)[\s.-]?(?:\d[\s.-]?){8}\d\b/;
const EMAIL = /[^\s@]+@[^\s@]+\.[a-z]{2,}/i;
const IBAN = /\b[a-z]{2}\d{2}[ ]?(?:[a-z0-9]{4}[ ]?){3,7}[a-z0-9]{0,4}\b/i;
const DIGITS_9 = /(?<![\d+])\d(?:[ .-]?\d){8}(?!\d)/g;
const ADDRESS = /\b[1-9]\d{3}\s?[a-z]{2}\b[\s,]*(?:nr\.?\s*|huisnummer\s*)?\d{1,5}\b/i;
const PUBLIC = /^(?:0800|0900|112|113|088330|0880767)/;

export function findPersonal(text) {
  if (isIban(text.match(IBAN)?.[0])) return 2;
  const phone = text.match(PHONE);
  if (phone && !PUBLIC.test(phone[0].replace(/\D/g, ""))) return 0;
  if (EMAIL.test(text)) return 1;
  if ((text.match(DIGITS_9) ?? []).some(isBsn)) return 3;
  return ADDRESS.test(text) ? 4 : -1;
}

function isBsn(written) {
  const digits = written.replace(/\D/g, "");
  const sum = [...digits].reduce((total, digit, at) => total + digit * (at === 8 ? -1 : 9 - at), 0);
  return Number(digits) > 0 && sum % 11 === 0;
}

function isIban(written) {
  if (!written) return false;
  const plain = written.replace(/\s/g, "").toUpperCase();
  const turned = plain.slice(4) + plain.slice(0, 4);
  const rest = [...turned].reduce((left, sign) => Number(`${left}${parseInt(sign, 36)}`) % 97, 0);
  return plain.length >= 15 && rest === 1;
}
