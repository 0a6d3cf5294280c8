/** What the page says, in English and in Russian. */

/**
 * `{0}` stands for the first value, `{1}` for the second, and so on. Behind a colon are the forms of a word
 * that goes with the value: in English of one and of more, in Russian as in "1 строка, 2 строки, 5 строк".
 *
 * @type {Record<string, [en: string, ru: string]>}
 */
const TEXTS = {
  skip: ["Skip to the jobs", "Перейти к заданиям"],
  language: ["Language", "Язык"],
  theme: ["Theme", "Тема"],
  themeSystem: ["System", "Системная"],
  themeLight: ["Light", "Светлая"],
  themeDark: ["Dark", "Тёмная"],
  glance: ["Overview", "Обзор"],
  jobs: ["Jobs", "Задания"],
  noJobs: [
    "There are no jobs yet. They appear here when a client sends one.",
    "Заданий пока нет. Они появятся здесь, когда клиент отправит первое.",
  ],
  firstJob: [
    "Send the first one: this writes a formula and runs it on the Parquet files in {0}, on the machine of the service.",
    "Отправьте первое: эти команды записывают формулу и выполняют её на файлах Parquet в {0}, на машине сервиса.",
  ],
  firstJobCommand: ["the command", "команды"],
  search: ["Search", "Поиск"],
  filters: ["Filters", "Фильтры"],
  any: ["any", "все"],
  since: ["Submitted from", "Отправлено с"],
  until: ["until", "до"],
  clear: ["Clear filters", "Сбросить фильтры"],
  nothingFits: ["No job fits these filters.", "Под эти фильтры не подходит ни одно задание."],
  found: ["{0} {0:job|jobs}", "{0} {0:задание|задания|заданий}"],
  foundFirst: [
    "the first {0} {0:job|jobs}",
    "{0:первое|первые|первые} {0} {0:задание|задания|заданий}",
  ],
  more: ["More jobs", "Ещё задания"],
  noMore: [
    "No more jobs are listed here. Search, or choose a time.",
    "Здесь больше не показывается. Воспользуйтесь поиском или выберите время.",
  ],
  order: ["Order", "Порядок"],
  sortNewest: ["newest first", "сначала новые"],
  sortOldest: ["oldest first", "сначала старые"],
  sortFormula: ["by formula", "по формуле"],
  sortState: ["by state", "по состоянию"],
  sortClient: ["by client", "по клиенту"],
  sortLongest: ["longest first", "сначала долгие"],
  sortShortest: ["shortest first", "сначала короткие"],
  formula: ["Formula", "Формула"],
  stateOf: ["State", "Состояние"],
  data: ["Data", "Данные"],
  owner: ["Owner", "Владелец"],
  client: ["Client", "Клиент"],
  submitted: ["Submitted", "Отправлено"],
  started: ["Started", "Начато"],
  ended: ["Ended", "Завершено"],
  took: ["Duration", "Длительность"],
  actions: ["Actions", "Действия"],
  cancel: ["Cancel", "Отменить"],
  cancelOf: ["Cancel {0}", "Отменить {0}"],
  cancelSure: ["Really cancel?", "Точно отменить?"],
  retry: ["Retry", "Повторить"],
  retryOf: ["Retry {0}", "Повторить {0}"],
  retrySure: ["Really retry?", "Точно повторить?"],
  copy: ["Copy", "Копировать"],
  copyOf: ["Copy: {0}", "Копировать: {0}"],
  copied: ["Copied", "Скопировано"],
  notCopied: ["Not allowed", "Не разрешено"],
  close: ["Close", "Закрыть"],
  back: ["All jobs", "Все задания"],
  job: ["Job", "Задание"],
  ready: ["Ready", "Готов"],
  working: ["Working", "Занят"],
  lost: [
    "The service doesn't answer. The page shows its last known state and keeps trying.",
    "Сервис не отвечает. Показано последнее известное состояние; попытки продолжаются.",
  ],
  running: ["Running", "Выполняется"],
  queued: ["Waiting", "В очереди"],
  done: ["Completed", "Завершено"],
  failedCount: ["Failed", "С ошибкой"],
  connections: ["Connections", "Соединения"],
  uptime: ["Uptime", "Время работы"],
  version: ["Version", "Версия"],
  workers: ["Workers", "Воркеры"],
  "state.queued": ["waiting", "в очереди"],
  "state.running": ["running", "выполняется"],
  "state.complete": ["complete", "завершено"],
  "state.failed": ["failed", "ошибка"],
  "state.cancelled": ["cancelled", "отменено"],
  serviceMemory: ["Memory of the service", "Память сервиса"],
  machineMemory: ["Memory of the machine", "Память машины"],
  load: ["Load of the machine", "Нагрузка на машину"],
  server: ["server", "сервер"],
  engines: ["engines", "вычислительные процессы"],
  used: ["used", "занята"],
  loadOne: ["over one minute", "за минуту"],
  runningLine: ["running jobs", "выполняемые задания"],
  lastHour: ["last hour", "последний час"],
  rowsOf: ["{0} of {1} {1:row|rows}", "{0} из {1} {1:строки|строк|строк}"],
  tasksOf: ["{0} of {1} {1:task|tasks}", "{0} из {1} {1:задачи|задач|задач}"],
  left: ["{0} left", "осталось {0}"],
  folder: ["Folder", "Папка"],
  kind: ["Kind", "Тип"],
  rows: ["Rows", "Строки"],
  partitions: ["Partitions", "Части"],
  read: ["Read", "Прочитано"],
  written: ["Written", "Записано"],
  attempt: ["Attempt", "Попытка"],
  priority: ["Priority", "Приоритет"],
  key: ["Key", "Ключ"],
  id: ["ID", "ID"],
  params: ["Parameters", "Параметры"],
  output: ["Output", "Имя результата"],
  request: ["Request", "Запрос"],
  place: ["Place in the formula", "Место в формуле"],
  log: ["Log", "Журнал"],
  noLog: ["The formula has printed nothing.", "Формула ничего не вывела."],
  partition: ["partition {0}", "часть {0}"],
  formulaText: ["Formula as it ran", "Формула, как она выполнялась"],
  formulaFiles: ["Its files:", "Её файлы:"],
  formulaCut: [
    "Only the beginning is kept: the file has {0}.",
    "Сохранено только начало: в файле {0}.",
  ],
  formulaLater: ["It is read when the job runs.", "Формула читается, когда задание выполняется."],
  noFormula: [
    "The formula is not known: the job did not get as far as reading it, or ended when an earlier version of the service or a restart had lost it.",
    "Формула неизвестна: задание не дошло до её чтения, либо завершилось при прежней версии сервиса или после перезапуска.",
  ],
  result: ["Result", "Результат"],
  resultText: ["The result is not a table.", "Результат — не таблица."],
  resultLong: [
    "The result is not shown here. It is in the file.",
    "Результат здесь не показан. Он находится в файле.",
  ],
  columns: ["{0} {0:row|rows}, columns:", "{0} {0:строка|строки|строк}, столбцы:"],
  table: ["Table", "Таблица"],
  plot: ["Plot", "График"],
  plotY: ["Column", "Столбец"],
  plotMore: ["with", "вместе с"],
  plotNoMore: ["add a column…", "добавить столбец…"],
  plotX: ["over", "от"],
  plotGroup: ["a line for each", "отдельные линии по"],
  noGroups: ["one line", "одна линия"],
  plotOther: ["compared with", "в сравнении с"],
  noOther: ["no other job", "без сравнения"],
  otherById: ["another one, by its ID…", "другое, по ID…"],
  otherId: ["ID of a job", "ID задания"],
  otherFails: ["{0}: {1}", "{0}: {1}"],
  otherSame: ["this is the job itself.", "это само задание."],
  otherGroups: [
    "a plot of lines for each value is of one job.",
    "отдельные линии по значениям строятся для одного задания.",
  ],
  otherNoColumn: [
    "there is no column {0} that can be drawn.",
    "нет столбца {0}, который можно показать.",
  ],
  otherKind: [
    "the column {0} is {1} and not {2}.",
    "столбец {0} там {1}, а не {2}.",
  ],
  otherNotAscending: [
    "the column {0} is not ascending.",
    "столбец {0} не возрастает.",
  ],
  otherNothing: ["nothing is in this part.", "в этой части ничего нет."],
  otherUnit: [
    "{0} is not drawn, as its unit is a third one.",
    "{0} не показано: это третья единица.",
  ],
  noValue: ["(no value)", "(нет значения)"],
  lines: ["Lines", "Линии"],
  dropLine: ["Remove {0}", "Убрать {0}"],
  thirdUnit: [
    "Not drawn: {0}. A plot has room for two units, which are here: {1}.",
    "Не показано: {0}. На графике помещаются две единицы, здесь это: {1}.",
  ],
  unitTime: ["time", "время"],
  unitNone: ["without a unit", "без единицы"],
  rounded: [
    "{0} has whole numbers beyond 2^53, which are drawn rounded.",
    "В столбце {0} есть целые числа больше 2^53: они показаны округлённо.",
  ],
  rowsOfResult: ["Rows", "Строки"],
  row: ["Row", "Строка"],
  number: ["{0}", "{0}"],
  fromRow: ["From row", "Со строки"],
  firstRows: ["First", "Первые"],
  rowsBefore: ["Previous", "Назад"],
  rowsBehind: ["Next", "Далее"],
  lastRows: ["Last", "Последние"],
  rowNumber: ["row number", "номера строки"],
  logX: ["logarithmic x axis", "логарифмическая ось x"],
  logY: ["logarithmic y axis", "логарифмическая ось y"],
  savePng: ["Save the plot as PNG", "Сохранить график как PNG"],
  zoomIn: ["Zoom in", "Увеличить"],
  zoomOut: ["Zoom out", "Уменьшить"],
  left_: ["Left", "Влево"],
  right_: ["Right", "Вправо"],
  all: ["All rows", "Все строки"],
  shown: ["Rows {0} to {1} of {2}.", "Строки {0}–{1} из {2}."],
  timesAre: ["Times are in UTC.", "Время — UTC."],
  timesLocal: [
    "Times are as they are stored, without a zone.",
    "Время — как записано, без часового пояса.",
  ],
  envelope: [
    "{0} {0:bin|bins} of about {1} {1:row|rows}, drawn from minimum to maximum.",
    "{0} {0:интервал|интервала|интервалов} примерно по {1} {1:строке|строки|строк}, от минимума до максимума.",
  ],
  notAscending: [
    "{0} is not ascending, so the x axis shows the row number.",
    "{0} не возрастает, поэтому по оси x отложен номер строки.",
  ],
  nothingLog: [
    "There are no values above 0 for a logarithmic axis.",
    "Для логарифмической оси нет значений больше 0.",
  ],
  plotOf: [
    "{0} over {1}: from {2} to {3}, values from {4} to {5}",
    "{0} от {1}: с {2} по {3}, значения от {4} до {5}",
  ],
  plotOfLines: [
    "{0} {0:line|lines} over {1}: from {2} to {3}; {4}",
    "{0} {0:линия|линии|линий} от {1}: с {2} по {3}; {4}",
  ],
  plotLine: ["{0} from {1} to {2}", "{0} от {1} до {2}"],
  keys: [
    "Drag across the plot to zoom. Keys: + and − zoom, ← and → move, Home shows all rows.",
    "Чтобы увеличить, выделите участок мышью. Клавиши: + и − — масштаб, ← и → — сдвиг, Home — все строки.",
  ],
  saveFile: ["Download {0}", "Скачать {0}"],
  saveCsv: ["Download CSV", "Скачать CSV"],
  csvOf: ["CSV of chosen columns and rows", "CSV из выбранных столбцов и строк"],
  csvColumns: ["Columns", "Столбцы"],
  toRow: ["To row", "По строку"],
  noColumn: ["Choose a column.", "Выберите столбец."],
  wrongRows: [
    "Rows are whole numbers from 1 to {0}, the first not above the last.",
    "Строки — целые числа от 1 до {0}, первая не больше последней.",
  ],
  reading: ["Reading…", "Чтение…"],
};

/** Locales of numbers and dates. */
const LOCALES = { en: "en-GB", ru: "ru-RU" };

/** Which of a word's forms goes with a number. @type {Partial<Record<Intl.LDMLPluralRule, number>>} */
const FORMS = { one: 0, few: 1, many: 2 };

/** @returns {"en" | "ru"} */
export function language() {
  return document.documentElement.lang === "ru" ? "ru" : "en";
}

/** The locale of the page's language. */
export function locale() {
  return LOCALES[language()];
}

/**
 * A text in the page's language.
 *
 * @param {string} key
 * @param {...(string | number)} values for `{0}`, `{1}`, …; numbers are written as the language writes them
 */
export function text(key, ...values) {
  const both = TEXTS[key];
  if (!both) throw new RangeError(`there is no text ${key}`);
  return both[language() === "ru" ? 1 : 0].replace(/\{(\d)(?::([^}]*))?\}/g, (_, k, forms) => {
    const value = values[k];
    if (forms !== undefined) return formOf(forms.split("|"), Number(value));
    return typeof value === "number" ? new Intl.NumberFormat(locale()).format(value) : value;
  });
}

/** The form of a word that goes with a number. @param {string[]} forms @param {number} value */
function formOf(forms, value) {
  const rule = new Intl.PluralRules(locale()).select(value);
  return forms[FORMS[rule] ?? 1];
}

/** Puts texts into elements with `data-text`. @param {ParentNode} root */
export function translate(root) {
  for (
    const element of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-text]"))
  ) {
    element.textContent = text(element.dataset.text ?? "");
  }
}
