/** What the page says, in English and in Russian. */

/** @type {Record<string, [en: string, ru: string]>} */
const TEXTS = {
  skip: ["To the jobs", "К заданиям"],
  language: ["Language", "Язык"],
  theme: ["Colours", "Цвета"],
  themeSystem: ["As the system", "Как в системе"],
  themeLight: ["Light", "Светлые"],
  themeDark: ["Dark", "Тёмные"],
  glance: ["At a glance", "Коротко"],
  jobs: ["Jobs", "Задания"],
  noJobs: [
    "No job has come yet. They appear here as soon as a client sends one.",
    "Заданий пока не было. Они появятся здесь, как только их пришлёт клиент.",
  ],
  older: ["Older jobs", "Более ранние задания"],
  formula: ["Formula", "Формула"],
  stateOf: ["State", "Состояние"],
  data: ["Data", "Данные"],
  owner: ["Owner", "Владелец"],
  client: ["Client", "Клиент"],
  submitted: ["Submitted", "Отправлено"],
  started: ["Started", "Начато"],
  ended: ["Ended", "Закончено"],
  took: ["Took", "Время"],
  actions: ["Actions", "Действия"],
  cancel: ["Cancel", "Отменить"],
  cancelOf: ["Cancel {0}", "Отменить {0}"],
  cancelSure: ["Really cancel?", "Точно отменить?"],
  close: ["Close", "Закрыть"],
  ready: ["Ready", "Готова"],
  working: ["Working", "Работает"],
  lost: [
    "The service doesn't answer. What is shown is how it was; trying again.",
    "Служба не отвечает. Показано то, что было; идёт повторная попытка.",
  ],
  running: ["Running", "Выполняются"],
  queued: ["Waiting", "Ждут"],
  done: ["Done", "Готово"],
  failedCount: ["Failed", "С ошибкой"],
  connections: ["Connections", "Соединения"],
  uptime: ["Up for", "Работает уже"],
  version: ["Version", "Версия"],
  workers: ["Workers", "Потоки"],
  "state.queued": ["waiting", "ждёт"],
  "state.running": ["running", "выполняется"],
  "state.complete": ["complete", "готово"],
  "state.failed": ["failed", "ошибка"],
  "state.cancelled": ["cancelled", "отменено"],
  serviceMemory: ["Memory of the service", "Память службы"],
  machineMemory: ["Memory of the machine", "Память машины"],
  load: ["Load of the machine", "Нагрузка машины"],
  server: ["server", "сервер"],
  engines: ["engines", "вычислители"],
  used: ["in use", "занято"],
  loadOne: ["over a minute", "за минуту"],
  runningLine: ["jobs running", "заданий выполняется"],
  lastHour: ["last hour", "последний час"],
  rowsOf: ["{0} of {1} rows", "{0} из {1} строк"],
  tasksOf: ["{0} of {1} tasks", "{0} из {1} шагов"],
  left: ["{0} left", "осталось {0}"],
  folder: ["Folder", "Папка"],
  kind: ["Kind", "Вид"],
  rows: ["Rows", "Строки"],
  partitions: ["Partitions", "Части"],
  read: ["Read", "Прочитано"],
  written: ["Written", "Записано"],
  attempts: ["Attempts", "Попытки"],
  priority: ["Priority", "Приоритет"],
  key: ["Key", "Ключ"],
  id: ["Id", "Номер"],
  error: ["Error", "Ошибка"],
  log: ["Log", "Журнал"],
  noLog: ["The formula has printed nothing.", "Формула ничего не напечатала."],
  result: ["Result", "Результат"],
  resultText: ["The result is no table.", "Результат — не таблица."],
  resultLong: [
    "The result is too long to be shown here; it is in the file.",
    "Результат слишком длинный, чтобы показать его здесь; он в файле.",
  ],
  columns: ["{0} rows, columns:", "{0} строк, столбцы:"],
  noNumbers: ["No column holds numbers.", "Ни в одном столбце нет чисел."],
  plot: ["Plot", "График"],
  plotY: ["Column", "Столбец"],
  plotX: ["over", "по"],
  rowNumber: ["row number", "номеру строки"],
  logX: ["log across", "лог. по горизонтали"],
  logY: ["log upwards", "лог. по вертикали"],
  zoomIn: ["Zoom in", "Ближе"],
  zoomOut: ["Zoom out", "Дальше"],
  left_: ["Left", "Влево"],
  right_: ["Right", "Вправо"],
  all: ["All rows", "Все строки"],
  shown: ["Rows {0} to {1} of {2}.", "Строки с {0} по {1} из {2}."],
  envelope: [
    "{0} bins of about {1} rows, each from its least to its greatest value.",
    "{0} отрезков примерно по {1} строк, каждый от наименьшего до наибольшего значения.",
  ],
  notAscending: [
    "{0} doesn't ascend, so the row number is shown across.",
    "{0} не возрастает, поэтому по горизонтали — номер строки.",
  ],
  nothingLog: [
    "Nothing above 0 is there for a logarithmic axis.",
    "Для логарифмической оси нет значений больше 0.",
  ],
  plotOf: [
    "{0} over {1}: from {2} to {3}, values from {4} to {5}",
    "{0} по {1}: от {2} до {3}, значения от {4} до {5}",
  ],
  keys: [
    "Drag across the plot to zoom. Keys: + and − zoom, ← and → move, Home shows all.",
    "Выделите мышью, чтобы приблизить. Клавиши: + и − масштаб, ← и → сдвиг, Home — всё.",
  ],
  reading: ["Reading…", "Чтение…"],
};

/** @returns {"en" | "ru"} */
export function language() {
  return document.documentElement.lang === "ru" ? "ru" : "en";
}

/**
 * A text in the page's language.
 *
 * @param {string} key
 * @param {...(string | number)} values for `{0}`, `{1}`, …
 */
export function text(key, ...values) {
  const both = TEXTS[key];
  if (!both) throw new RangeError(`there is no text ${key}`);
  return both[language() === "ru" ? 1 : 0].replace(/\{(\d)\}/g, (_, k) => String(values[k]));
}

/** Puts texts into elements with `data-text`. @param {ParentNode} root */
export function translate(root) {
  for (
    const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-text]"))
  ) {
    element.textContent = text(element.dataset.text ?? "");
  }
}
