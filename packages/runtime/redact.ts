const USER_AND_PASSWORD = /(\w:\/\/[^\s/?#:@]*):[^\s/?#]*@/g;
// A NATS URL with one word before the @ carries a token there, not a user's name.
const NATS_TOKEN = /\b(nats|tls|wss?):\/\/[^\s/?#:@]+@/g;
const PARAMETER = /([?&](?:password|sslpassword|token|secret)=)[^\s&#]*/gi;

/** The text with the passwords and tokens of all URLs in it replaced by ***. */
export function redactUrls(text: string): string {
  // Most texts are no such thing, and a request's line has ten of them.
  if (!text.includes('://') && !text.includes('=')) return text;
  return text.replace(USER_AND_PASSWORD, '$1:***@').replace(NATS_TOKEN, '$1://***@').replace(PARAMETER, '$1***');
}
