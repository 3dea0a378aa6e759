/** Takes passwords and tokens out of texts. */

const USER_AND_PASSWORD = /(\w:\/\/[^\s/?#:@]*):[^\s/?#]*@/g;
// In a NATS URL, one word before the @ is a token and not a user's name.
const NATS_TOKEN = /\b(nats|tls|wss?):\/\/[^\s/?#:@]+@/g;
const PARAMETER = /([?&](?:password|sslpassword|token|secret)=)[^\s&#]*/gi;

/** The text with the passwords and tokens of all URLs in it replaced by ***. */
export function redactUrls(text: string): string {
  // Most texts have no URL, and the line of a request has ten texts.
  if (!text.includes('://') && !text.includes('=')) return text;
  return text.replace(USER_AND_PASSWORD, '$1:***@').replace(NATS_TOKEN, '$1://***@').replace(PARAMETER, '$1***');
}
