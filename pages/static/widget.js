// Tells the page around this one how high it is, and nobody else.
const { origin } = document.documentElement.dataset;
const tell = () => parent.postMessage({ learnerprise: "height", height: document.documentElement.scrollHeight }, origin);
if (parent !== window && origin) {
  new ResizeObserver(tell).observe(document.body);
  tell();
}
