// What is said: templates in English, whose values are put in when somebody reads them, in the reader's language.
// Refusals and verdicts are those of `muniment verify`, word for word.
"use strict";

// Marks a template for the translators, and keeps it with its values; a value may be a phrase or an array itself.
const say = (template, values = {}) => ({ template, values });

const COMMA = say(", ");

// How a phrase reads by a catalogue of translations; without one, in English.
function spoken(phrase, catalogue = {}, apart = (text) => text) {
  const shown = (value) => {
    if (Array.isArray(value)) return value.map(shown).join(catalogue[COMMA.template] || COMMA.template);
    if (value !== null && typeof value === "object" && "template" in value) return spoken(value, catalogue, apart);
    return apart(String(value));
  };
  const template = catalogue[phrase.template] || phrase.template;
  return template.replace(/\{(\w+)\}/g, (_whole, name) => shown(phrase.values[name]));
}

// What does not hold, with what to do about it.
class Refused extends Error {
  constructor(message, remedy = null) {
    super(message.template);
    this.phrase = remedy ? { template: "{message} {remedy}", values: { message, remedy } } : message;
  }
}

function must(holds, message, remedy) {
  if (!holds) throw new Refused(message, remedy);
}
