// Preloaded into a third-party server that listens on every interface: a listener without a host gets 127.0.0.1.
const { Server } = require('node:net')

const listen = Server.prototype.listen
Server.prototype.listen = function (port, ...rest) {
  return typeof port === 'number' || /^\d+$/.test(port)
    ? listen.call(this, Number(port), '127.0.0.1', ...rest.filter((each) => typeof each === 'function'))
    : listen.call(this, port, ...rest)
}
